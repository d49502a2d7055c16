import type { Bank } from '../bank.ts'
import type { Answer, Decision } from '../decision.ts'
import type { CallFacts, Plan } from '../faults/plan.ts'
import type { Exchange } from './exchange.ts'
import { answerWithTrouble, type ProviderErrors, pause, troubleBefore } from './trouble.ts'

/** One call of a payment API, read and ready to be decided. */
export interface ApiCall {
  facts: CallFacts
  errors: ProviderErrors
  /** Decides, at the very moment the call takes effect. */
  decide(plan: Plan): Decision
  /** Idempotency key with what it is valid for, when the answer is to be kept. */
  scope?: string | undefined
  /** Called after the call took effect, before the answer is sent. */
  afterwards?(): void
  headers?: Record<string, string>
}

/**
 * Writes a decision down and waits until the journal has it. Reads wait too: they may show fresh rows.
 * With a `scope` the answer is kept for whoever repeats the call with the same idempotency key.
 */
async function settle(bank: Bank, decision: Decision, scope?: string): Promise<Answer> {
  let answer: Answer | undefined
  bank.commit(decision.rows, () => {
    answer = decision.answer()
    return scope === undefined ? undefined : { scope, ...answer }
  })
  await bank.journal.settled()
  return answer ?? decision.answer()
}

/**
 * Carries one call through: trouble drawn on arrival, the delay before it, the effect, the delay after
 * it, the answer. A caller that hangs up does not stop a call that is under way, as with a real bank.
 */
export async function serveCall(bank: Bank, exchange: Exchange, call: ApiCall): Promise<void> {
  const plan = bank.faults.draw(call.facts, bank.journal.nextSeq())
  await pause(plan.beforeMs)
  if (bank.closing) return void exchange.req.socket.destroy()
  if (troubleBefore(exchange, plan, call.errors)) return
  const answer = await settle(bank, call.decide(plan), call.scope)
  call.afterwards?.()
  await pause(plan.afterMs)
  await answerWithTrouble(exchange, plan, call.errors, answer, call.headers ?? {})
}
