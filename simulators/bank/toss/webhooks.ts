import type { Bank } from '../bank.ts'
import { seoulLocal } from '../clock.ts'
import { effectOf } from '../faults/plan.ts'
import { pause } from '../http/trouble.ts'
import type { RowDraft } from '../rows.ts'
import { paymentView } from './views.ts'

/** Minutes after which a webhook that was not answered with 200 is sent again. */
export const RETRY_MINUTES = [1, 4, 16, 64, 256, 1024, 4096]
const ANSWER_WITHIN_MS = 10_000

interface Message {
  webhookId: string
  eventType: string
  paymentKey?: string | undefined
  partnerOrderId?: string | undefined
  body: string
}

/** Tells the merchant's server about payments. Unsigned, at least once, in no promised order. */
export interface Webhooks {
  /** `retryMinuteMs`: how long a minute of the retry timetable lasts (60,000 unless a test is in a hurry). */
  configure(target: { url: string; retryMinuteMs: number } | undefined): void
  target(): { url: string; retryMinuteMs: number } | undefined
  /** Sends what the rows just written are worth telling. Never waits for the receiver. */
  announce(bank: Bank, rows: readonly RowDraft[]): void
  /** Sends any event as it is: a forged one, for instance. */
  sendRaw(bank: Bank, eventType: string, data: unknown): void
}

/** The events of one row. Approvals by billing key send none: that is how Toss does it. */
function eventOf(
  bank: Bank,
  row: RowDraft,
): { eventType: string; data: unknown; about: Partial<Message> } | undefined {
  if (row.provider !== 'toss') return undefined
  if (row.kind === 'billing_deleted')
    return {
      eventType: 'BILLING_DELETED',
      data: { billingKey: row.billingKey, reason: row.by === 'user' ? '고객 요청' : '상점 요청' },
      about: {},
    }
  const changes =
    (row.kind === 'charge' && row.via === 'confirm') ||
    row.kind === 'refund' ||
    (row.kind === 'session' && row.status !== 'IN_PROGRESS') ||
    (row.kind === 'declined' && row.operation === 'confirm')
  if (!changes || row.paymentKey === undefined) return undefined
  const payment = bank.toss.payments.get(row.paymentKey)
  if (payment === undefined) return undefined
  return {
    eventType: 'PAYMENT_STATUS_CHANGED',
    data: paymentView(payment, bank.publicUrl, 'ko'),
    about: { paymentKey: row.paymentKey, partnerOrderId: row.partnerOrderId },
  }
}

export function createWebhooks(): Webhooks {
  let target: { url: string; retryMinuteMs: number } | undefined
  let heldBack: (() => void)[] = []
  let sent = 0

  const note = (
    bank: Bank,
    message: Message,
    retriedCount: number,
    outcome: number | 'unreachable' | 'lost',
  ) => {
    if (bank.closing) return
    const { webhookId, eventType, paymentKey, partnerOrderId } = message
    bank.commit([
      {
        provider: 'toss',
        kind: 'webhook',
        webhookId,
        eventType,
        paymentKey,
        partnerOrderId,
        retriedCount,
        outcome,
      },
    ])
  }

  const attempt = async (
    bank: Bank,
    url: string,
    message: Message,
    retriedCount: number,
  ): Promise<boolean> => {
    const outcome = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'tosspayments-webhook-transmission-time': new Date(bank.clock.now()).toISOString(),
        'tosspayments-webhook-transmission-retried-count': String(retriedCount),
        'tosspayments-webhook-transmission-id': message.webhookId,
      },
      body: message.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).then(
      async (response) => {
        await response.body?.cancel()
        return response.status
      },
      () => 'unreachable' as const,
    )
    note(bank, message, retriedCount, outcome)
    return outcome === 200
  }

  const deliver = async (bank: Bank, message: Message): Promise<void> => {
    for (let tried = 0; ; tried++) {
      const to = target
      if (to === undefined || bank.closing || (await attempt(bank, to.url, message, tried))) return
      const minutes = RETRY_MINUTES[tried]
      if (minutes === undefined) return
      await pause(minutes * to.retryMinuteMs)
    }
  }

  const dispatch = (bank: Bank, eventType: string, data: unknown, about: Partial<Message>): void => {
    if (target === undefined) return
    sent += 1
    const message: Message = {
      webhookId: `wh-${bank.settings.seed}-${bank.journal.nextSeq()}-${sent}`,
      eventType,
      ...about,
      body: JSON.stringify({ eventType, createdAt: seoulLocal(bank.clock.now()), data }),
    }
    const plan = bank.faults.draw(
      { provider: 'toss', operation: 'webhook', partnerOrderId: about.partnerOrderId },
      bank.journal.nextSeq(),
    )
    const fault = effectOf(plan, 'webhook')
    if (fault?.lose === true) {
      note(bank, message, 0, 'lost')
      return
    }
    const go = async () => {
      await pause(plan.beforeMs + plan.afterMs + (fault?.delayMs ?? 0))
      await Promise.all(Array.from({ length: fault?.copies ?? 1 }, () => deliver(bank, message)))
    }
    if (fault?.swap === true) {
      heldBack.push(() => void go())
      return
    }
    const waiting = heldBack
    heldBack = []
    void go().then(() => {
      for (const late of waiting) late()
    })
  }

  return {
    configure: (next) => {
      target = next
    },
    target: () => target,
    announce: (bank, rows) => {
      if (target === undefined) return
      for (const row of rows) {
        const event = eventOf(bank, row)
        if (event !== undefined) dispatch(bank, event.eventType, event.data, event.about)
      }
    },
    sendRaw: (bank, eventType, data) => dispatch(bank, eventType, data, {}),
  }
}
