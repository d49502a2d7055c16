/** Rules of what people decide about money: the provider is asked first, and large amounts need two people. */
import type { Won } from '../../../platform/money.ts'
import type { LookupResult } from '../provider.ts'
import { type Expected, isOurs } from './attempt.ts'
import { newRefundId } from './refund.ts'

/** What the provider's answer says of a payment or refund. `silent`: nothing that could be believed or contradicted. */
export type ProviderWord = 'yes' | 'no' | 'silent'

const TOOK_MONEY: ReadonlySet<string> = new Set(['paid', 'partially_refunded', 'refunded'])

/** Whether the provider says that it took the money of this very payment. */
export function saysCharged(found: LookupResult, expected: Expected): ProviderWord {
  switch (found.kind) {
    case 'found':
      return isOurs(found.payment, expected) && TOOK_MONEY.has(found.payment.status) ? 'yes' : 'no'
    case 'not_found':
    case 'not_charged_yet':
      return 'no'
    case 'error':
      return found.reason === 'mismatch' ? 'no' : 'silent'
    case 'evidence':
    case 'unsupported':
    case 'not_asked':
    case 'no_answer':
      return 'silent'
  }
}

/**
 * Whether the provider says that it gave this amount back.
 * @param known ids of refunds recorded before
 */
export function saysGivenBack(found: LookupResult, amount: Won, known: ReadonlySet<string>): ProviderWord {
  if (found.kind !== 'found') return 'silent'
  return newRefundId(found.payment, amount, known) === undefined ? 'no' : 'yes'
}

/** A person may know more than a silent provider, but not the opposite of what it says. */
export function isContradicted(decided: 'yes' | 'no', said: ProviderWord): boolean {
  return said !== 'silent' && said !== decided
}

/** Whether an amount is more than one person decides about alone. */
export function needsSecondPerson(amount: Won, aloneUpTo: Won): boolean {
  return amount > aloneUpTo
}

/** How long a proposal waits for a second person. */
export const PROPOSAL_LIFE = { hours: 72 } as const
/** How long what was confirmed and not done stays before operators, unless it is proposed anew. Days of 24 hours. */
export const HANDED_BACK_FOR = { hours: 30 * 24 } as const
