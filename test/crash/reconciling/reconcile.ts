import Type, { type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { type FaultRule, startFaults } from '../faults.ts'
import { type Answer, insist, surprise, type Trouble } from '../people/insist.ts'
import { operatorToken } from '../people/operators.ts'
import type { ProviderName } from '../plan.ts'

const textOrNull = Type.Union([Type.String(), Type.Null()])
const wonOrNull = Type.Union([Type.Integer(), Type.Null()])

const Finding = Type.Object({
  provider: Type.String(),
  kind: Type.String(),
  movement: Type.String(),
  providerRef: textOrNull,
  merchantRef: textOrNull,
  paymentId: textOrNull,
  here: wonOrNull,
  there: wonOrNull,
})
export type Finding = Static<typeof Finding>

const Compared = Type.Object({ matched: Type.Integer(), late: Type.Integer(), differences: Type.Integer() })
const Findings = Type.Object({ data: Type.Array(Finding) })

/** What the bank does to its list of the day. */
export type Lie = 'none' | 'loses one' | 'adds one' | 'none again'

/** Our books of a day held against one list of it. */
export interface Reconciled extends Static<typeof Compared> {
  provider: ProviderName
  day: string
  lie: Lie
  /** Differences that operators are shown afterwards. */
  findings: Finding[]
}

const Movement = Type.Object({
  at: Type.String(),
  provider: Type.String(),
  tid: Type.Optional(Type.String()),
  paymentKey: Type.Optional(Type.String()),
  partnerOrderId: Type.String(),
  amount: Type.Integer(),
})

/** A charge or refund, by the bank's own journal. */
export interface Movement {
  kind: 'charge' | 'refund'
  provider: string
  /** Business day in Seoul. */
  day: string
  at: string
  ref: string
  partnerOrderId: string
  amount: number
}

export interface ReconcilingSituation {
  movements: Movement[]
  reconciled: Reconciled[]
}

const PROVIDERS = ['kakaopay', 'toss'] as const
const LIST_OF = { kakaopay: 'settlement', toss: 'transactions' } as const
const LIES = { 'loses one': { omitFirst: true }, 'adds one': { addExtra: true } } as const

/**
 * Has the shop hold every day of the run against the lists of both providers: as they are, then with a line that the
 * bank loses, then with one that it makes up, then as they are again. Only the first day is lied about: it has a charge.
 */
export async function reconcileRun(
  shopUrl: string,
  bankUrl: string,
  trouble: Trouble,
): Promise<ReconcilingSituation> {
  const movements = [...(await readMovements(bankUrl, 'charge')), ...(await readMovements(bankUrl, 'refund'))]
  const token = await operatorToken(shopUrl, 'merchant', trouble)
  const reconciled: Reconciled[] = []
  const compare = async (provider: ProviderName, day: string, lie: Lie) => {
    const ask = { url: `${shopUrl}/api/admin/reconciliations`, token }
    const compared = read(
      Compared,
      await insist({ ...ask, method: 'POST', json: { provider, day } }, trouble),
      'a day held against its list',
    )
    const list = await insist(
      { url: `${shopUrl}/api/admin/reconciliation-findings?day=${day}&size=500`, token },
      trouble,
    )
    const { data } = read(Findings, list, 'what differs')
    const findings = data.filter((finding) => finding.provider === provider)
    reconciled.push({ provider, day, lie, findings, ...compared })
  }
  for (const provider of PROVIDERS) {
    const own = movements.filter((movement) => movement.provider === provider)
    const days = [...new Set(own.map(({ day }) => day))].toSorted()
    for (const day of days) await compare(provider, day, 'none')
    const [first] = days
    if (first === undefined) continue
    for (const lie of ['loses one', 'adds one'] as const) {
      const faults = await startFaults(bankUrl, [lying(provider, lie)], undefined)
      await compare(provider, first, lie)
      await faults.calm()
    }
    await compare(provider, first, 'none again')
  }
  return { movements, reconciled }
}

function lying(provider: ProviderName, lie: keyof typeof LIES): FaultRule {
  return {
    id: `${provider}-list`,
    match: { provider, operation: LIST_OF[provider] },
    effect: { kind: 'transactions', ...LIES[lie] },
  }
}

function read<S extends TSchema>(schema: S, answer: Answer | undefined, wanted: string): Static<S> {
  const body = answer?.status === 200 ? answer.body : undefined
  if (!Value.Check(schema, body)) throw surprise(wanted, answer)
  return body
}

async function readMovements(bankUrl: string, kind: Movement['kind']): Promise<Movement[]> {
  const rows: unknown = await (await fetch(`${bankUrl}/journal?kind=${kind}`)).json()
  if (!Value.Check(Type.Array(Movement), rows)) throw new Error(`the bank's journal is odd: ${kind}`)
  return rows.map(({ at, provider, tid, paymentKey, partnerOrderId, amount }) => {
    const day = Temporal.Instant.from(at).toZonedDateTimeISO('Asia/Seoul').toPlainDate().toString()
    return { kind, provider, day, at, ref: tid ?? paymentKey ?? '', partnerOrderId, amount }
  })
}
