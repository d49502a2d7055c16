import { type Figure, timeFigure } from './measure/figure.ts'
import type { Shop } from './measure/shop.ts'

const LIMIT_MS = 3_000

/** From starting the program, database included, to the first category page answered: measured at every run. */
export async function measureColdStart(shop: Shop): Promise<Figure[]> {
  return [timeFigure('cold start to the first page', shop.server.readyAfterMs, LIMIT_MS)]
}
