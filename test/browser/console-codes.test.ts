import { expect, test, vi } from 'vitest'
import { AUDIT_ACTIONS, AUDIT_SUBJECTS } from '../../src/contracts/audit-actions.ts'
import { CLOSE_REASONS } from '../../src/shop/orders/rules/order.ts'
import { UNKNOWN_REASONS } from '../../src/shop/payments/provider.ts'
import { HISTORY_STEPS } from '../../src/shop/payments/store/tables.ts'
import { FAIL_REASONS, FREEZE_REASONS, SKIP_REASONS } from '../../src/shop/subscriptions/rules/cycle.ts'
import { CANCEL_REASONS, CANCELLERS } from '../../src/shop/subscriptions/rules/subscription.ts'
import {
  DECLINE_REASONS,
  RUN_STATES,
  STEP_NAMES,
  STOP_REASONS,
} from '../../src/shop/subscriptions/run/run.ts'

// The words ask the page which language it is in.
vi.stubGlobal('document', { documentElement: { lang: 'ko' } })
const { auditWords } = await import('../../web/console/audit/words.ts')
const { billingWords } = await import('../../web/console/billing/words.ts')
const { orderWords } = await import('../../web/console/orders/words.ts')
const { paymentWords } = await import('../../web/console/payments/words.ts')
const { subscriptionWords } = await import('../../web/console/subscriptions/words.ts')
vi.unstubAllGlobals()

const LANGUAGES = ['ko', 'en'] as const

/**
 * Each code that the console shows, by the list its context makes it of. A code without words does not compile where
 * the console shows it, as the answers of the API are typed by the same lists; this also holds what they are typed as
 * texts, such as why the outcome of a payment is unknown.
 */
const SHOWN = {
  'end of a subscription': [CANCEL_REASONS, (l) => subscriptionWords[l].reasons],
  'who ended a subscription': [CANCELLERS, (l) => subscriptionWords[l].by],
  'delivery of a subscription': [
    [...SKIP_REASONS, ...FAIL_REASONS, ...FREEZE_REASONS],
    (l) => subscriptionWords[l].cycleReasons,
  ],
  'end of an order': [CLOSE_REASONS, (l) => orderWords[l].closeReasons],
  'step of a payment': [HISTORY_STEPS, (l) => ({ ...paymentWords[l].states, ...paymentWords[l].steps })],
  'doubt about a payment': [[...UNKNOWN_REASONS, 'answer lost'], (l) => paymentWords[l].doubts],
  'state of a run': [RUN_STATES, (l) => billingWords[l].states],
  'end of a run': [STOP_REASONS, (l) => billingWords[l].stopReasons],
  'step of a run': [STEP_NAMES, (l) => billingWords[l].stepNames],
  'deed in the audit': [AUDIT_ACTIONS, (l) => auditWords[l].actions],
  'thing the audit tells of': [AUDIT_SUBJECTS, (l) => auditWords[l].subjects],
  'refusal of a charge': [DECLINE_REASONS, (l) => billingWords[l].classes],
} as const satisfies Record<
  string,
  readonly [readonly string[], (language: 'ko' | 'en') => Readonly<Record<string, string>>]
>

for (const [what, [codes, wordsIn]] of Object.entries(SHOWN))
  test(`the console has words for every ${what}`, () => {
    for (const language of LANGUAGES) {
      const words: Readonly<Record<string, string>> = wordsIn(language)
      expect(codes.filter((code) => (words[code] ?? '').trim() === '')).toEqual([])
      // Words that are only the code again are none.
      expect(codes.filter((code) => words[code] === code && code.includes('_'))).toEqual([])
    }
  })
