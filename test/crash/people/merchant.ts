import { returnState } from '../views.ts'
import { type Answer, insist, surprise, type Trouble } from './insist.ts'
import { operatorToken } from './operators.ts'

/** Who sends parcels and takes them back. */
export interface Merchant {
  /**
   * Takes a step until it is taken. One that was taken before, and whose answer was lost, may be refused because it was.
   * @param taken the states of a return in which the step was taken; left out: taking it again is no refusal
   * @throws on any other answer
   */
  step(path: string, json: object, taken?: readonly string[]): Promise<void>
}

/** The demo's merchant, signed in when first needed, and again when the session is over. */
export function createMerchant(shopUrl: string, trouble: Trouble): Merchant {
  let token: string | undefined
  const logIn = async () => {
    token = await operatorToken(shopUrl, 'merchant', trouble)
    return token
  }
  return {
    step: async (path, json, taken = []) => {
      let answer: Answer | undefined
      for (let tries = 0; tries < 2; tries++) {
        const ask = { method: 'POST', url: `${shopUrl}/api/admin/${path}`, json } as const
        answer = await insist({ ...ask, token: token ?? (await logIn()) }, trouble)
        if (answer?.status !== 401) break
        token = undefined
      }
      const isTaken = answer?.code === 'return_not_in_state' && taken.includes(returnState(answer.body))
      if (answer?.status !== 200 && !isTaken) throw surprise(path, answer)
    },
  }
}
