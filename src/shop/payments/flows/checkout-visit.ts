import { type Tx, transact } from '../../../platform/database/database.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { Returned } from '../provider.ts'
import { completeCheckout, completeReturned } from '../sending/complete-checkout.ts'
import { endAttempt } from '../settling/end-attempt.ts'
import { type Attempt, moveAttempt, readAttempt } from '../store/attempt-store.ts'
import { comeBack, type PageVisit, type Return } from './provider-page.ts'

/** How a payment goes through the provider's page. The order hears of every end in the same transaction. */
export function checkoutVisit(deps: PaymentsDeps): PageVisit<Attempt> {
  /** What was told to the order is undone when somebody else moved the attempt. */
  const move = (work: (tx: Tx, now: Temporal.Instant) => Promise<Attempt | undefined>) =>
    transact<Attempt | undefined>(
      deps.db,
      async (tx, rollback) => (await work(tx, deps.clock.now())) ?? rollback(undefined),
    )
  return {
    read: (id) => readAttempt(deps.db, id),
    // Attempts are made with the right to ask for their page: whoever only finds one waits.
    claim: async () => undefined,
    wanted: ({ mode, item_name, quantity, total, tax_free, vat }) => ({
      mode,
      itemName: item_name,
      quantity,
      money: { total, taxFree: tax_free, vat },
    }),
    opened: (claimed, page, note) =>
      moveAttempt(deps.db, claimed, 'awaiting_customer', deps.clock.now(), page, note),
    notOpened: (claimed, code, note) =>
      move((tx, now) =>
        endAttempt(deps, tx, claimed, 'failed', now, { code, changes: { decline_code: code }, note }),
      ),
    codeOf: ({ decline_code }) => decline_code,
    notOpenedRefusal: 'payment_not_started',
    returnPath: '/api/payments/return',
    takeReturn: (attempt, returned, note) =>
      returned.kind === 'approved'
        ? completeReturned(deps, attempt, { proof: { ...returned.proof }, note })
        : move((tx, now) => endReturned(deps, tx, attempt, returned, now, note)),
    complete: (agreed) => completeCheckout(deps, agreed),
  }
}

/** A customer came back from paying. @returns undefined for an address nobody was given, or that has had its day */
export function returnedFromCheckout(deps: PaymentsDeps, input: Return): Promise<Attempt | undefined> {
  return comeBack(deps, checkoutVisit(deps), input)
}

/** The customer came back without having agreed. */
function endReturned(
  deps: PaymentsDeps,
  tx: Tx,
  attempt: Attempt,
  returned: Exclude<Returned, { kind: 'approved' }>,
  now: Temporal.Instant,
  note: object,
): Promise<Attempt | undefined> {
  switch (returned.kind) {
    case 'cancelled':
      return endAttempt(deps, tx, attempt, 'cancelled', now, { code: 'cancelled_by_customer', note })
    case 'failed': {
      const code = returned.code ?? 'failed_at_provider'
      const changes = { decline_code: code, decline_message: returned.message ?? null }
      return endAttempt(deps, tx, attempt, 'declined', now, { code, changes, note })
    }
  }
}
