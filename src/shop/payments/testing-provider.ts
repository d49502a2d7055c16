/** For tests only: a provider with a bank of its own that does what the test says. */
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import type {
  Capabilities,
  Completed,
  IssuedToken,
  Lookup,
  LookupResult,
  Outcome,
  PaymentProvider,
  ProviderPayment,
  WireNote,
} from './provider.ts'
import type { CashReceipts, ProviderReceipt, ReceiptLookup } from './provider-receipts.ts'

const wire: WireNote = { httpStatus: 200, body: '{}', durationMs: 1 }

/** How one call goes: does it take effect, what is answered, and when. */
export interface Step<T> {
  /** Default true. */
  effect?: boolean
  /** Instead of the true answer. */
  answer?: Outcome<T>
  /** The effect happens at once, the answer waits for this. */
  answerAfter?: Promise<unknown>
  /** Neither effect nor answer before this. */
  startAfter?: Promise<unknown>
}

export const timeout = { kind: 'unknown', reason: 'timeout', wire } as const
export const unavailable = { kind: 'unavailable', reason: 'refused', retryAfterMs: 2_000 } as const
export const invalid = { kind: 'invalid', code: '-701', message: 'not authenticated', wire } as const
export const declined = {
  kind: 'declined',
  retry: 'retryable',
  scope: 'attempt',
  code: '-780:LACK_BALANCE',
  message: '잔액이 부족합니다 <b>',
  wire,
} as const

export const deadToken = {
  kind: 'declined',
  retry: 'final',
  scope: 'token',
  code: '-751',
  message: '비활성화된 정기결제입니다',
  wire,
} as const

/** What a browser brings that no provider has given anybody. */
export const MADE_UP = 'made-up'
const madeUp = { kind: 'not_accepted', code: '-708', message: '', wire } as const

interface BankPayment {
  ref: string
  merchantRef: string
  total: number
  charged: boolean
  final: boolean
  refunds: { id: string; amount: number }[]
  approvedAt: Temporal.Instant | undefined
}

interface BankToken {
  token: string
  buyerRef: string
  active: boolean
  lastChargedAt: Temporal.Instant
}

const CAPABILITIES: Capabilities = {
  lookupByMerchantRef: true,
  completeIsIdempotent: true,
  idempotencyKeys: false,
  checkoutTtl: Temporal.Duration.from({ minutes: 15 }),
  settleWindow: Temporal.Duration.from({ minutes: 25 }),
  chargeTimeoutMs: 30_000,
  callTimeoutMs: 10_000,
  minimumAmount: won(100),
  listsSettled: false,
  revokesTokens: false,
  issuesTokens: 'look_up',
}

/** @param clock the bank's own; it tells times to the second */
export function scriptedProvider(
  name: PaymentProvider['name'],
  changes: Partial<Capabilities> = {},
  clock: () => Temporal.Instant = () => Temporal.Now.instant(),
) {
  const capabilities = { ...CAPABILITIES, ...changes }
  const bank = new Map<string, BankPayment>()
  const tokens = new Map<string, BankToken>()
  /** Tokens issued without a payment, by the reference of what was prepared. */
  const issued = new Map<string, IssuedToken>()
  const charges: string[] = []
  const refunds: { ref: string; amount: number }[] = []
  const calls: string[] = []
  /** What it says of the taxes in its payments. */
  const told = { taxFree: undefined as number | undefined }
  const receipts = {
    /** Who gives cash receipts for its payments. */
    by: 'nobody' as ProviderPayment['cashReceiptBy'],
    /** What was issued and taken back, oldest first. */
    deeds: [] as {
      kind: 'issue' | 'cancel'
      merchantRef: string
      amount: number
      taxFree?: number
      number?: string
    }[],
  }
  const script = {
    begin: [] as Step<{ ref: string; redirectUrl: string }>[],
    complete: [] as Step<Completed>[],
    issue: [] as Step<IssuedToken>[],
    charge: [] as Step<ProviderPayment>[],
    revoke: [] as Step<{ revoked: true }>[],
    refund: [] as Step<ProviderPayment>[],
    receipt: [] as Step<ProviderReceipt>[],
    receiptCancel: [] as Step<{ cancelled: true }>[],
    receiptLookup: [] as ReceiptLookup[],
    lookup: [] as (LookupResult | ((truth: LookupResult) => LookupResult | Promise<LookupResult>))[],
  }

  function report(payment: BankPayment): ProviderPayment {
    const left = payment.total - payment.refunds.reduce((sum, { amount }) => sum + amount, 0)
    const status = left === payment.total ? 'paid' : left > 0 ? 'partially_refunded' : 'refunded'
    return {
      ref: payment.ref,
      merchantRef: payment.merchantRef,
      status,
      rawStatus: status.toUpperCase(),
      total: won(payment.total),
      ...(told.taxFree === undefined ? {} : { taxFree: won(told.taxFree) }),
      vat: won(0),
      refundable: won(left),
      refunds: payment.refunds.map(({ id, amount }) => ({ id, amount: won(amount) })),
      approvedAt: payment.approvedAt,
      method: receipts.by === 'us' ? '계좌이체 신한은행' : 'CARD 신한카드',
      cashReceiptBy: receipts.by,
    }
  }

  function truth(ref: string | undefined): LookupResult {
    const payment = ref === undefined ? undefined : bank.get(ref)
    if (!payment) return { kind: 'not_found' }
    if (payment.charged) return { kind: 'found', payment: report(payment) }
    return { kind: 'not_charged_yet', status: 'AUTH_PASSWORD', final: payment.final }
  }

  function truthOfToken({ ref, merchantRef, token = '' }: Lookup): LookupResult {
    if (ref !== undefined) return truth(ref)
    if (!capabilities.lookupByMerchantRef)
      return { kind: 'evidence', lastChargedAt: tokens.get(token)?.lastChargedAt }
    return truth([...bank.values()].find((payment) => payment.merchantRef === merchantRef)?.ref)
  }

  const second = () => clock().round({ smallestUnit: 'second', roundingMode: 'trunc' })

  async function play<T>(step: Step<T>, work: () => Outcome<T>): Promise<Outcome<T>> {
    if (trouble === 'refusing') return unavailable
    await step.startAfter
    const result = (step.effect ?? true) ? work() : undefined
    await step.answerAfter
    return step.answer ?? (trouble === 'silent' ? timeout : result) ?? timeout
  }

  let breakerOpen = false
  let trouble: 'none' | 'silent' | 'refusing' = 'none'
  const receiptFor = (merchantRef: string) => ({
    key: `R-${merchantRef}`,
    issueNumber: '000000001',
    url: 'https://pay.test/receipt',
  })
  const answered = new Map<string, Outcome<never>>()
  /** The first answer to an idempotency key is its answer. */
  const oncePer = <T>(key: string, work: () => Outcome<T>): Outcome<T> => {
    const before = answered.get(key)
    if (before) return before
    const outcome = work()
    answered.set(key, outcome as Outcome<never>)
    return outcome
  }
  const cashReceipts: CashReceipts = {
    means: ['계좌이체'],
    issue: ({ merchantRef, amount, taxFree, number }, { idempotencyKey }) => {
      calls.push('receipt')
      return play(script.receipt.shift() ?? {}, () =>
        oncePer(idempotencyKey, () => {
          receipts.deeds.push({ kind: 'issue', merchantRef, amount, taxFree, number })
          return { kind: 'ok', value: receiptFor(merchantRef), wire }
        }),
      )
    },
    cancel: ({ key, amount }, { idempotencyKey }) => {
      calls.push('receipt cancel')
      return play(script.receiptCancel.shift() ?? {}, () =>
        oncePer(idempotencyKey, () => {
          receipts.deeds.push({ kind: 'cancel', merchantRef: key.slice(2), amount })
          return { kind: 'ok', value: { cancelled: true }, wire }
        }),
      )
    },
    lookup: async ({ merchantRef }) => {
      calls.push('receipt lookup')
      const step = script.receiptLookup.shift()
      if (step) return step
      const own = receipts.deeds.filter((deed) => deed.merchantRef === merchantRef)
      const standing = own.reduce((sum, { kind, amount }) => sum + (kind === 'issue' ? amount : -amount), 0)
      return own.length === 0
        ? { kind: 'not_found' }
        : { kind: 'found', standing: won(standing), receipt: receiptFor(merchantRef) }
    },
  }
  const provider: PaymentProvider = {
    name,
    capabilities,
    cashReceipts,
    beginCheckout: (input) => {
      calls.push('begin')
      return play(script.begin.shift() ?? {}, () => {
        const ref = newId()
        const { merchantRef, money } = input
        const { total } = money
        const nothing = { charged: false, final: false, refunds: [], approvedAt: undefined }
        bank.set(ref, { ref, merchantRef, total, ...nothing })
        return { kind: 'ok', value: { ref, redirectUrl: `https://pay.test/${ref}` }, wire }
      })
    },
    readHint: () => undefined,
    parseReturn: (target, query) => {
      if (target === 'cancel') return { kind: 'cancelled' }
      if (target === 'fail') return { kind: 'failed', code: 'LIMIT', message: '한도 초과' }
      return query.token === undefined
        ? { kind: 'failed', code: 'token_missing' }
        : { kind: 'approved', proof: { token: query.token } }
    },
    completeCheckout: async (input) => {
      calls.push('complete')
      if (input.proof.token === MADE_UP) return madeUp
      return play<Completed>(script.complete.shift() ?? {}, () => {
        const payment = bank.get(input.ref ?? '')
        if (!payment) return invalid
        if (payment.charged) return { kind: 'unknown', reason: 'already_processed', wire }
        payment.charged = true
        charges.push(payment.merchantRef)
        if (input.mode === 'pay') return { kind: 'ok', value: { payment: report(payment) }, wire }
        const issuedAt = second()
        payment.approvedAt = issuedAt
        const token = `SID-${newId()}`
        tokens.set(token, { token, buyerRef: input.buyerRef, active: true, lastChargedAt: issuedAt })
        const value = { payment: report(payment), token: { token, issuedAt, display: '카카오페이 신한카드' } }
        return { kind: 'ok', value, wire }
      })
    },
    issueToken: async (input) => {
      calls.push('issue')
      if (input.proof.token === MADE_UP) return madeUp
      return play(script.issue.shift() ?? {}, () => {
        const asked = bank.get(input.ref ?? '')
        if (!asked) return invalid
        const before = issued.get(asked.ref)
        if (before && capabilities.issuesTokens === 'repeat') return { kind: 'ok', value: before, wire }
        if (before) return { kind: 'unknown', reason: 'already_processed', wire }
        const issuedAt = second()
        asked.charged = true
        asked.approvedAt = issuedAt
        const token = `SID-${newId()}`
        tokens.set(token, { token, buyerRef: input.buyerRef, active: true, lastChargedAt: issuedAt })
        const value = { token, issuedAt, display: '카카오페이 신한카드' }
        issued.set(asked.ref, value)
        return { kind: 'ok', value, wire }
      })
    },
    refund: (input) => {
      calls.push('refund')
      return play(script.refund.shift() ?? {}, () => {
        const payment = bank.get(input.ref)
        if (!payment || report(payment).refundable !== input.refundableBefore) {
          return { ...invalid, code: '-710', message: 'guard' }
        }
        payment.refunds.push({ id: newId(), amount: input.money.total })
        refunds.push({ ref: input.ref, amount: input.money.total })
        return { kind: 'ok', value: report(payment), wire }
      })
    },
    lookup: async (input) => {
      calls.push('lookup')
      if (trouble === 'refusing') return { kind: 'not_asked', reason: 'refused' }
      if (trouble === 'silent') return { kind: 'no_answer', reason: 'timeout' }
      const known = input.token === undefined ? truth(input.ref) : truthOfToken(input)
      const step = script.lookup.shift()
      return typeof step === 'function' ? step(known) : (step ?? known)
    },
    chargeToken: (input) => {
      calls.push('charge')
      return play(script.charge.shift() ?? {}, () => {
        const token = tokens.get(input.token)
        if (!token?.active || token.buyerRef !== input.buyerRef) return deadToken
        token.lastChargedAt = second()
        const ref = newId()
        const { merchantRef, money } = input
        const taken = { charged: true, final: true, refunds: [], approvedAt: token.lastChargedAt }
        const payment: BankPayment = { ref, merchantRef, total: money.total, ...taken }
        bank.set(ref, payment)
        charges.push(merchantRef)
        return { kind: 'ok', value: report(payment), wire }
      })
    },
    revokeToken: (input) => {
      calls.push('revoke')
      return play(script.revoke.shift() ?? {}, () => {
        const token = tokens.get(input.token)
        if (!token) return deadToken
        token.active = false
        return { kind: 'ok', value: { revoked: true }, wire }
      })
    },
    listSettled: async () => ({ kind: 'not_listed', why: 'no_list', reason: 'not part of these tests' }),
    breakers: () => (breakerOpen ? { lookup: 'open' } : {}),
    stop: async () => {},
  }
  return {
    provider,
    script,
    /** Merchant references in the order in which money was taken, and refunds in the order they were given. */
    charges,
    refunds,
    receipts,
    told,
    calls,
    bank,
    tokens,
    issued,
    /** From now on it does not answer (what it is asked to do it does), or cannot be reached; our breaker may open. */
    outage: (kind: typeof trouble, isBreakerOpen = false) => {
      trouble = kind
      breakerOpen = isBreakerOpen
    },
    /** The provider will never charge this one any more, and says so. */
    giveUp: (ref: string) => {
      const payment = bank.get(ref)
      if (payment) payment.final = true
    },
  }
}

/** A promise that the test keeps in its hand. */
export function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
