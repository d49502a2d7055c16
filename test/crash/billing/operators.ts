import Type from 'typebox'
import { Value } from 'typebox/value'
import { DEMO_ACCOUNTS } from '../../../src/services/demo/accounts.ts'
import { type Ask, insist } from '../people/insist.ts'
import { asTokens } from '../views.ts'
import type { World } from '../world.ts'
import { type BillingSituation, inReview } from './snapshot.ts'

const Queue = Type.Object({
  data: Type.Array(Type.Object({ id: Type.String(), needsReview: Type.Boolean() })),
  page: Type.Object({ next: Type.Union([Type.String(), Type.Null()]) }),
})

/** People at the console, who see and do only what the API lets them. */
export interface Operators {
  /** Payments that are shown as waiting for a person. */
  queue(): Promise<string[]>
  /** Decides everything in doubt by what the bank's books say. @returns how many payments were decided */
  decide(billing: BillingSituation): Promise<number>
}

/** @throws when the operator cannot sign in, or the API refuses what an operator may do */
export async function operatorsAt({ shopUrl }: World): Promise<Operators> {
  const trouble = { connection: 0, unavailable: 0, errors: [] }
  const send = async (request: Ask) => {
    const answer = await insist(request, trouble, 30_000)
    if (answer?.status !== 200)
      throw new Error(`${request.url}: ${answer?.status ?? 'no answer'} ${JSON.stringify(answer?.body)}`)
    return answer.body
  }
  const { email, password } = DEMO_ACCOUNTS.find(({ role }) => role === 'admin') ?? {}
  const login = { method: 'POST', url: `${shopUrl}/api/auth/login`, json: { email, password } } as const
  const token = asTokens(await send(login))?.accessToken
  if (token === undefined) throw new Error('the operator could not sign in')

  return {
    queue: async () => {
      const ids: string[] = []
      let after = ''
      for (;;) {
        const url = `${shopUrl}/api/admin/payments?needsReview=true&size=100${after}`
        const found = await send({ url, token })
        if (!Value.Check(Queue, found)) throw new Error(`the queue is not one: ${JSON.stringify(found)}`)
        ids.push(...found.data.map(({ id }) => id))
        if (found.page.next === null) return ids
        after = `&after=${found.page.next}`
      }
    },
    decide: async (billing) => {
      const taken = new Map(billing.snapshot.charges.map(({ partnerOrderId, tid }) => [partnerOrderId, tid]))
      const doubtful = inReview(billing)
      for (const { id } of doubtful) {
        const providerRef = taken.get(id)
        const json =
          providerRef === undefined
            ? { outcome: 'not_charged', evidence: "no charge in the bank's journal" }
            : { outcome: 'charged', evidence: "charged in the bank's journal", providerRef }
        await send({ method: 'POST', url: `${shopUrl}/api/admin/payments/${id}/decision`, token, json })
      }
      return doubtful.length
    },
  }
}
