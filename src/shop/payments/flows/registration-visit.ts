import { ZERO_WON } from '../../../platform/money.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { Returned } from '../provider.ts'
import { COMPLETED_BY_NOW } from '../sending/complete-checkout.ts'
import { completeRegistration } from '../sending/complete-registration.ts'
import { moveRegistration, OVER, type Registration, readRegistration } from '../store/registration-store.ts'
import { payments } from '../store/tables.ts'
import { comeBack, type PageVisit, type Return } from './provider-page.ts'

/** What the provider's page names in place of an item. */
const NAME = '결제수단 등록'

/** How a payment method to be registered goes through the provider's page. */
export function registrationVisit(deps: PaymentsDeps): PageVisit<Registration> {
  const { db, clock } = deps
  return {
    read: (id) => readRegistration(db, id),
    claim: (created) => claimRegistration(deps, created),
    wanted: () => ({
      mode: 'issue_token',
      itemName: NAME,
      quantity: 1,
      money: { total: ZERO_WON, taxFree: ZERO_WON, vat: ZERO_WON },
    }),
    opened: (claimed, page, note) =>
      moveRegistration(db, claimed, 'awaiting_customer', clock.now(), page, note),
    notOpened: (claimed, code, note) =>
      moveRegistration(db, claimed, 'failed', clock.now(), { ...OVER, end_code: code }, note),
    codeOf: ({ end_code }) => end_code,
    notOpenedRefusal: 'registration_not_started',
    returnPath: '/api/payment-methods/return',
    takeReturn: async (registration, returned, note) => {
      const kept = await keepReturn(deps, registration, returned, note)
      return kept?.state === 'authorised' ? completeRegistration(deps, kept) : kept
    },
    complete: (agreed) => completeRegistration(deps, agreed),
  }
}

/** A customer came back from registering a method. @returns undefined for an address nobody was given, or that has had its day */
export function returnedFromRegistration(
  deps: PaymentsDeps,
  input: Return,
): Promise<Registration | undefined> {
  return comeBack(deps, registrationVisit(deps), input)
}

function claimRegistration(deps: PaymentsDeps, created: Registration): Promise<Registration | undefined> {
  const now = deps.clock.now()
  return payments(deps.db)
    .updateTable('payments.registration')
    .set({ send_no: 1, sent_at: now, updated_at: now })
    .where('id', '=', created.id)
    .where('state', '=', 'created')
    .where('send_no', '=', 0)
    .returningAll()
    .executeTakeFirst()
}

function keepReturn(
  deps: PaymentsDeps,
  registration: Registration,
  returned: Returned,
  note: object,
): Promise<Registration | undefined> {
  const now = deps.clock.now()
  switch (returned.kind) {
    case 'approved': {
      const changes = { proof: { ...returned.proof }, next_look_at: now.add(COMPLETED_BY_NOW) }
      return moveRegistration(deps.db, registration, 'authorised', now, changes, note)
    }
    case 'cancelled': {
      const changes = { ...OVER, end_code: 'cancelled_by_customer' }
      return moveRegistration(deps.db, registration, 'cancelled', now, changes, note)
    }
    case 'failed': {
      const { code = 'failed_at_provider', message = null } = returned
      const changes = { ...OVER, end_code: code, end_message: message }
      return moveRegistration(deps.db, registration, 'declined', now, changes, note)
    }
  }
}
