import type { Meaning } from '../answers.ts'

/**
 * What each documented KakaoPay error code proves. A code missing here proves nothing (unknown).
 * - -780, -782: "failed" is believed only with the payment method's own reason (`extras`), see {@link meaningOf}.
 * - -708: a wrong pg_token is also what a second return of the browser meets after the first was approved, so it is
 *   looked up rather than believed.
 * - -781, -783, -784: the state may be the effect of our own earlier call, so they are looked up.
 */
const TABLE: Readonly<Record<string, Meaning>> = {
  '-701': { kind: 'invalid' },
  '-702': { kind: 'unknown', reason: 'already_processed' },
  '-703': { kind: 'invalid' },
  '-704': { kind: 'invalid' },
  '-705': { kind: 'invalid' },
  '-706': { kind: 'invalid' },
  '-707': { kind: 'invalid' },
  '-708': { kind: 'unknown', reason: 'already_processed' },
  '-710': { kind: 'invalid' },
  '-711': { kind: 'invalid' },
  '-721': { kind: 'invalid' },
  '-722': { kind: 'invalid' },
  '-723': { kind: 'declined', retry: 'final', scope: 'attempt' },
  '-724': { kind: 'invalid' },
  '-725': { kind: 'invalid' },
  '-726': { kind: 'invalid' },
  '-730': { kind: 'invalid' },
  '-731': { kind: 'invalid' },
  '-732': { kind: 'invalid' },
  '-733': { kind: 'invalid' },
  '-750': { kind: 'declined', retry: 'final', scope: 'token' },
  '-751': { kind: 'declined', retry: 'final', scope: 'token' },
  // The SID's uses of this month are spent: it works again next month.
  '-752': { kind: 'declined', retry: 'retryable', scope: 'attempt' },
  '-753': { kind: 'declined', retry: 'final', scope: 'token' },
  '-761': { kind: 'invalid' },
  '-780': { kind: 'unknown', reason: 'unlisted_code' },
  '-781': { kind: 'unknown', reason: 'unlisted_code' },
  '-782': { kind: 'unknown', reason: 'unlisted_code' },
  '-783': { kind: 'unknown', reason: 'already_processed' },
  '-784': { kind: 'unknown', reason: 'already_processed' },
  '-785': { kind: 'unknown', reason: 'already_processed' },
  '-797': { kind: 'declined', retry: 'retryable', scope: 'attempt' },
  '-798': { kind: 'invalid' },
  '-799': { kind: 'invalid' },
}

/** Every listed code, as text. */
export const KAKAOPAY_CODES: readonly string[] = Object.keys(TABLE)

/**
 * The meaning of an error code; undefined when it is not listed.
 * @param methodResult `extras.method_result_code`: why the payment method refused, an open set
 */
export function meaningOf(code: string, methodResult: string | undefined): Meaning | undefined {
  if ((code === '-780' || code === '-782') && methodResult !== undefined && methodResult !== '')
    return { kind: 'declined', retry: 'retryable', scope: 'attempt' }
  return Object.hasOwn(TABLE, code) ? TABLE[code] : undefined
}

/** Whether the code is documented, so that the answer shows a working provider. */
export function isListed(code: string): boolean {
  return Object.hasOwn(TABLE, code)
}
