import { randomUUID } from 'node:crypto'
import type { App } from '../../src/platform/http/app.ts'
import { capture } from '../measure/capture.ts'
import { withServices } from '../measure/in-process.ts'
import type { Shop } from '../measure/shop.ts'
import { FIRST, ID } from './peer-carts.ts'

export type OwnerKind = 'customer' | 'visitor'

/** The statements of additions of each item, once as a new line and once to a line that is there. */
export interface CapturedAdds {
  readonly statements: string[][]
  /** What the last answer showed. */
  readonly lines: unknown[]
}

/**
 * The statements of adding to a cart, from the real route on a database that is listened to, with variables in the place
 * of everything that may exist only once.
 */
export function captureAdds(shop: Shop, kind: OwnerKind, items: readonly string[]): Promise<CapturedAdds> {
  const actor = { userId: `${ID.customer}${FIRST}`, roles: ['customer'] as const, sessionId: 'bench' }
  return withServices(shop, actor, async (app) => {
    const headers = kind === 'customer' ? { authorization: 'Bearer bench' } : { cookie: await cookieOf(app) }
    const statements: string[][] = []
    let lines: unknown[] = []
    for (const itemId of items.flatMap((item) => [item, item])) {
      const key = randomUUID()
      let body = ''
      const heard = await capture(async () => {
        const answer = await app.inject({
          method: 'POST',
          url: '/api/cart/lines',
          headers: { ...headers, 'idempotency-key': key },
          payload: { itemId, quantity: 1 },
        })
        body = answer.body
      })
      const answered = JSON.parse(body) as { lines?: unknown[] }
      if (answered.lines === undefined) throw new Error(`not added: ${body}`)
      lines = answered.lines
      statements.push(forAnybody(heard, kind, key))
    }
    return { statements, lines }
  })
}

async function cookieOf(app: App): Promise<string> {
  const answer = await app.inject('/api/cart')
  return String(answer.headers['set-cookie']).split(';')[0] ?? ''
}

const UUID = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}'

function forAnybody(heard: readonly string[], kind: OwnerKind, key: string): string[] {
  const text = heard.join('\n')
  const owner = idIn(text, `cart:${kind}:(${UUID})`)
  const insert = heard.find((statement) => statement.includes('insert into cart.line')) ?? ''
  const line = idIn(insert, `'(${UUID})'`)
  const cart = kind === 'visitor' ? owner : idIn(insert, `'${UUID}'[^']*'(${UUID})'`)
  return heard.map((statement) =>
    statement
      .replaceAll(line, `${ID.line}:bench_line`)
      .replaceAll(cart, `${kind === 'visitor' ? ID.visitor : ID.cart}:bench_who`)
      .replaceAll(owner, `${ID[kind]}:bench_who`)
      .replaceAll(key, 'bench-:bench_line-:bench_key'),
  )
}

function idIn(text: string, pattern: string): string {
  const found = new RegExp(pattern).exec(text)?.[1]
  if (found === undefined) throw new Error(`no ${pattern} in ${text}`)
  return found
}
