import { type Static, Type } from 'typebox'
import { Maybe, Numeric, Text, Word } from '../provider-values.ts'

/**
 * The parts of KakaoPay's answers that are read. Unknown members are welcome, optional ones may be missing or null;
 * only what money and identity depend on is required.
 */

const Amount = Type.Object({ total: Numeric, tax_free: Maybe(Numeric), vat: Maybe(Numeric) })

export const ErrorBody = Type.Object({
  error_code: Maybe(Word),
  error_message: Maybe(Type.String()),
  // The older API's names.
  code: Maybe(Word),
  msg: Maybe(Type.String()),
  extras: Maybe(
    Type.Object({ method_result_code: Maybe(Word), method_result_message: Maybe(Type.String()) }),
  ),
})

export const ReadyBody = Type.Object({
  tid: Text,
  next_redirect_pc_url: Maybe(Type.String()),
  next_redirect_mobile_url: Maybe(Type.String()),
  next_redirect_app_url: Maybe(Type.String()),
})
export type ReadyBody = Static<typeof ReadyBody>

/** Of approve and subscription. */
export const ApprovalBody = Type.Object({
  tid: Text,
  cid: Text,
  sid: Maybe(Text),
  partner_order_id: Text,
  partner_user_id: Text,
  /** Not documented here; when it comes it must fit. */
  status: Maybe(Type.String()),
  amount: Amount,
  payment_method_type: Maybe(Type.String()),
  card_info: Type.Optional(Type.Unknown()),
  approved_at: Maybe(Type.String()),
})
export type ApprovalBody = Static<typeof ApprovalBody>

export const CardInfo = Type.Object({
  kakaopay_issuer_corp: Maybe(Type.String()),
  issuer_corp: Maybe(Type.String()),
  bin: Maybe(Word),
})

export const CancelBody = Type.Object({
  aid: Text,
  tid: Text,
  cid: Text,
  status: Text,
  partner_order_id: Maybe(Text),
  amount: Amount,
  approved_cancel_amount: Amount,
  canceled_amount: Amount,
  cancel_available_amount: Amount,
  payment_method_type: Maybe(Type.String()),
  approved_at: Maybe(Type.String()),
})
export type CancelBody = Static<typeof CancelBody>

export const OrderBody = Type.Object({
  tid: Text,
  cid: Maybe(Text),
  sid: Maybe(Text),
  status: Text,
  partner_order_id: Maybe(Text),
  amount: Maybe(Amount),
  canceled_amount: Maybe(Amount),
  cancel_available_amount: Maybe(Amount),
  payment_method_type: Maybe(Type.String()),
  selected_card_info: Type.Optional(Type.Unknown()),
  approved_at: Maybe(Type.String()),
  payment_action_details: Maybe(
    Type.Array(
      Type.Object({
        aid: Maybe(Text),
        amount: Maybe(Numeric),
        payment_action_type: Maybe(Type.String()),
        approved_at: Maybe(Type.String()),
      }),
    ),
  ),
})
export type OrderBody = Static<typeof OrderBody>

export const SelectedCard = Type.Object({ card_bin: Maybe(Word), card_corp_name: Maybe(Type.String()) })

export const SidBody = Type.Object({
  sid: Text,
  status: Text,
  last_approved_at: Maybe(Type.String()),
})
