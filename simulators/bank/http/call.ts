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
  /** Called with the outcome after it has been committed, before the answer is sent. */
  afterwards?(answer: Answer): void
  headers?: Record<string, string>
}

/** Writes a decision down and waits until the journal has it. Reads wait too: they may show fresh rows. */
export async function settle(bank: Bank, decision: Decision): Promise<Answer> {
  bank.commit(decision.rows)
  const answer = decision.answer()
  await bank.journal.settled()
  return answer
}

/**
 * Carries one call through: trouble drawn on arrival, half of the delay, the effect, the other half, the
 * answer. A caller that hangs up does not stop a call that is under way, as with a real bank.
 */
export async function serveCall(bank: Bank, exchange: Exchange, call: ApiCall): Promise<void> {
  const plan = bank.faults.draw(call.facts, bank.journal.nextSeq())
  await pause(plan.latencyMs / 2)
  if (bank.closing) return void exchange.req.socket.destroy()
  if (troubleBefore(exchange, plan, call.errors)) return
  const answer = await settle(bank, call.decide(plan))
  call.afterwards?.(answer)
  await pause(plan.latencyMs / 2)
  await answerWithTrouble(exchange, plan, call.errors, answer, call.headers ?? {})
}
