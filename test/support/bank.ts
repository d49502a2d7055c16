import { asObject, type Json } from '../../simulators/bank/testing.ts'

/** The simulated bank, seen from outside: its journal, its faults, and the customer's pages. */
export interface Bank {
  url: string
  journal(query?: string): Promise<Json[]>
  /** Charges and refunds in won and count, optionally of one attempt. */
  money(attemptId?: string): Promise<{ charges: number; charged: number; refunds: number; refunded: number }>
  faults(...rules: Json[]): Promise<void>
  /** How often the standing faults have struck, in all. */
  strikes(): Promise<number>
  offline(): Promise<void>
  /** Time goes on by so much at once; only for a bank with a manual clock. */
  skip(duration: Temporal.DurationLike): Promise<void>
  /** Calm again. */
  heal(): Promise<void>
  /** What the bank does with the next charges of a token, e.g. `{ declines: 2, code: -782 }`. */
  limitToken(token: string, script: Json): Promise<void>
  /** Presses a button on the provider's page. @returns where the browser is sent, undefined when it is not */
  press(page: string | null, button: 'approve' | 'cancel' | 'fail'): Promise<string | undefined>
}

export function createBank(url: string): Bank {
  const tell = async (path: string, body?: unknown, method = 'POST') => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`the bank refused ${method} ${path}: ${text}`)
  }
  const journal = async (query = '') => {
    const response = await fetch(`${url}/journal${query}`)
    const rows: unknown = await response.json()
    return Array.isArray(rows) ? rows.map(asObject) : []
  }
  return {
    url,
    journal,
    money: async (attemptId) => {
      const rows = await journal(attemptId === undefined ? '' : `?partnerOrderId=${attemptId}`)
      const of = (kind: string) => rows.filter((row) => row.kind === kind).map(amountOf)
      const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0)
      const [charges, refunds] = [of('charge'), of('refund')]
      return {
        charges: charges.length,
        charged: sum(charges),
        refunds: refunds.length,
        refunded: sum(refunds),
      }
    },
    faults: (...rules) => tell('/faults', rules),
    strikes: async () => {
      const view = asObject(await (await fetch(`${url}/faults`)).json())
      const rules = Array.isArray(view.rules) ? view.rules.map(asObject) : []
      return rules.reduce((sum, { fired }) => sum + Number(fired), 0)
    },
    offline: () => tell('/faults/offline', {}),
    skip: async (duration) => {
      const view = asObject(await (await fetch(`${url}/clock`)).json())
      await tell('/clock', { now: Temporal.Instant.from(String(view.now)).add(duration).toString() })
    },
    heal: () => tell('/faults', undefined, 'DELETE'),
    limitToken: (token, script) => tell(`/tokens/${token}`, script),
    press: async (page, button) => {
      if (page === null) throw new Error('there is no page to press a button on')
      const response = await fetch(`${page}/${button}`, { method: 'POST', redirect: 'manual', body: '' })
      await response.body?.cancel()
      return response.headers.get('location') ?? undefined
    },
  }
}

function amountOf(row: Json): number {
  const { amount, total } = row
  if (typeof amount === 'number') return amount
  if (typeof total === 'number') return total
  throw new Error(`a row of the bank without an amount: ${JSON.stringify(row)}`)
}
