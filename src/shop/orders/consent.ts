/** What a customer agrees to before being charged again and again. Data: a new text is a new version, old ones stay. */
import { type Refused, refused, type Text } from '../../platform/refusal.ts'
import type { RecurringConsent } from './order.ts'

export interface ConsentText {
  /** Stored with the order and the subscription; never used for another text. */
  version: string
  text: Text
}

/** Oldest first; the last one is in force. */
export const RECURRING_CONSENTS: readonly [ConsentText, ...ConsentText[]] = [
  {
    version: '2026-11-01',
    text: {
      ko: [
        '정기결제·정기배송 이용에 동의합니다.',
        '선택한 주기마다 같은 상품을 배송하고, 등록한 결제수단으로 주문 금액(상품 금액 × 수량, 부가세 포함)을 자동으로 결제합니다.',
        '결제일 3일 전에 결제 예정 금액과 날짜를 알려 드립니다. 가격이 바뀌면 먼저 알려 드리고, 동의하신 뒤에만 새 가격으로 결제합니다.',
        '결제일 전날 오후 6시까지 건너뛰기, 일시 중지, 수량·주기·배송지 변경을 할 수 있고, 해지는 언제든지 할 수 있습니다. 해지하면 등록한 결제수단은 더 이상 쓰이지 않으면 삭제됩니다.',
        '결제에 실패하면 바로 한 번, 이후 24시간마다 최대 3번 다시 시도하며, 그래도 실패하면 정기배송이 해지됩니다.',
      ].join('\n'),
      en: [
        'I agree to recurring payment and delivery.',
        'In every period I chose, the same item is delivered and the amount of the order (unit price × quantity, VAT included) is charged automatically to my stored payment method.',
        'Three days before each charge I am told the amount and the date. A new price is announced first and charged only after I have accepted it.',
        'Until 18:00 (Seoul) on the day before a charge I can skip, pause, or change quantity, period and address; I can cancel at any time. After cancelling, a stored payment method that is no longer needed is deleted.',
        'A charge that fails is tried again once at once and then every 24 hours up to three times; if it still fails, the subscription ends.',
      ].join('\n'),
    },
  },
]

/** The text in force. */
export function currentConsent(): ConsentText {
  return RECURRING_CONSENTS.at(-1) ?? RECURRING_CONSENTS[0]
}

/**
 * Checks that the customer agreed to the text in force. Without recurring lines no consent is needed, and none is kept.
 * Refusals: consent_required (missing, or of another version; `facts.version` is the one to agree to).
 */
export function checkConsent(
  hasRecurringLines: boolean,
  given: { version: string } | undefined,
  now: Temporal.Instant,
): { kind: 'agreed'; consent: RecurringConsent | null } | Refused {
  if (!hasRecurringLines) return { kind: 'agreed', consent: null }
  const { version } = currentConsent()
  if (given?.version !== version) return refused('consent_required', { facts: { version } })
  return { kind: 'agreed', consent: { version, at: now } }
}
