import type { Bank } from '../bank.ts'
import type { Answer } from '../decision.ts'
import { parseObject } from '../http/exchange.ts'
import { asRecord } from './records.ts'
import { IDEMPOTENCY_MS } from './world.ts'

export const MAX_KEY_LENGTH = 300

/** What a key is valid for: this method and address (and the one secret key of this bank). Not the body. */
export function scopeOf(key: string, method: string, path: string): string {
  return `${key} ${method} ${path}`
}

/** The first answer given in this scope, read back from the journal; undefined when none or too old. */
export async function firstAnswer(bank: Bank, scope: string): Promise<Answer | undefined> {
  const kept = bank.toss.answers.get(scope)
  if (kept === undefined) return undefined
  if (bank.clock.now() - kept.at > IDEMPOTENCY_MS) {
    bank.toss.answers.delete(scope)
    return undefined
  }
  for await (const line of bank.journal.lines(kept.seq)) {
    const answer = asRecord(parseObject(line.toString('utf8'))?.answer)
    return { status: Number(answer.status), body: asRecord(answer.body) }
  }
  return undefined
}
