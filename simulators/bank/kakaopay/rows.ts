/** What the KakaoPay half of the bank writes down. Amounts are whole won. */
export type KakaoMethod = 'CARD' | 'MONEY'

export type KakaoStatus =
  | 'READY'
  | 'OPEN_PAYMENT'
  | 'SELECT_METHOD'
  | 'AUTH_PASSWORD'
  | 'ISSUED_SID'
  | 'SUCCESS_PAYMENT'
  | 'PART_CANCEL_PAYMENT'
  | 'CANCEL_PAYMENT'
  | 'FAIL_AUTH_PASSWORD'
  | 'QUIT_PAYMENT'
  | 'FAIL_PAYMENT'

interface Item {
  itemName: string
  itemCode?: string | undefined
  quantity: number
}

interface Parties {
  partnerOrderId: string
  partnerUserId: string
}

interface Sums {
  amount: number
  taxFree: number
  vat: number
}

interface ReadyRow extends Item, Parties, Sums {
  provider: 'kakaopay'
  kind: 'ready'
  tid: string
  cid: string
  method?: KakaoMethod | undefined
  approvalUrl: string
  cancelUrl: string
  failUrl: string
}

/** A step of the customer on the payment page. */
interface PageRow {
  provider: 'kakaopay'
  kind: 'page'
  tid: string
  partnerOrderId: string
  status: KakaoStatus
  method?: KakaoMethod | undefined
  pgToken?: string | undefined
  reason?: string | undefined
}

interface KakaoChargeRow extends Item, Parties, Sums {
  provider: 'kakaopay'
  kind: 'charge'
  via: 'approve' | 'subscription'
  tid: string
  aid: string
  cid: string
  sid?: string | undefined
  method: KakaoMethod
  payload?: string | undefined
}

interface SidIssuedRow extends Parties {
  provider: 'kakaopay'
  kind: 'sid_issued'
  /** `zero` = issued without a charge, `import` = put in by the control endpoint. */
  via: 'approve' | 'zero' | 'import'
  sid: string
  cid: string
  tid?: string | undefined
  aid?: string | undefined
  itemName: string
  method: KakaoMethod
  payload?: string | undefined
}

interface KakaoRefundRow extends Parties, Sums {
  provider: 'kakaopay'
  kind: 'refund'
  tid: string
  aid: string
  sid?: string | undefined
  payload?: string | undefined
}

export interface KakaoDeclinedRow extends Parties {
  provider: 'kakaopay'
  kind: 'declined'
  operation: 'approve' | 'subscription' | 'cancel'
  tid?: string | undefined
  sid?: string | undefined
  amount: number
  code: number
  /** The decline came from the token's script, which it uses up by one. */
  scripted?: boolean | undefined
  /** A fault kept this answer from the caller, who therefore knows nothing of the refusal. */
  unheard?: true
}

interface SidInactivatedRow {
  provider: 'kakaopay'
  kind: 'sid_inactivated'
  sid: string
  partnerUserId: string
  by: 'merchant' | 'user'
}

/** Orders for the coming charges of one token: decline so often with this code, then let through. */
interface SidScriptRow {
  provider: 'kakaopay'
  kind: 'token_script'
  sid: string
  declines: number
  code: number
  extras?: Record<string, string> | undefined
  monthlyLimit?: number | undefined
}

export type KakaoRow =
  | ReadyRow
  | PageRow
  | KakaoChargeRow
  | SidIssuedRow
  | KakaoRefundRow
  | KakaoDeclinedRow
  | SidInactivatedRow
  | SidScriptRow
