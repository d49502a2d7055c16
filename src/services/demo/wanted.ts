import { isThisMachine } from '../../platform/settings.ts'
import type { Config } from '../config.ts'

/** Demo data is for the laptop: never in production, and on a database of one's own only when asked for. */
export function wantsDemo({ nodeEnv, demo, databases }: Config): boolean {
  if (nodeEnv === 'production') return false
  return demo === undefined ? databases.every(({ url }) => url === undefined) : demo === 'on'
}

/** What is wrong with an address that others can reach; a wrong one is missing, and has its complaint already. */
export function demoBeyondThisMachine(config: Config): string[] {
  const host: string | undefined = config.host
  if (host === undefined || isThisMachine(host) || !wantsDemo(config)) return []
  return [
    `HOST=${host}: the demo accounts, whose passwords everybody knows, are for this machine only. Set DEMO=off, or HOST=127.0.0.1`,
  ]
}
