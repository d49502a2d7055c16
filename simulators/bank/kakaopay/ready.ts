import { seoulLocal } from '../clock.ts'
import { includedVat, int, listOf, oneOf, optional, text } from '../fields.ts'
import { refuse } from './errors.ts'
import { cid, cidSecret, pageUrl, readFields, TEST_CIDS } from './fields.ts'
import type { KakaoMethod } from './rows.ts'
import type { Decide } from './world.ts'

const CARDS = 'SHINHAN KB HYUNDAI LOTTE SAMSUNG NH BC HANA CITI KAKAOBANK KAKAOPAY WOORIONLY'.split(' ')

const FIELDS = {
  cid,
  cid_secret: cidSecret,
  partner_order_id: text(100),
  partner_user_id: text(100),
  item_name: text(100),
  item_code: optional(text(100)),
  quantity: int(-726, 1),
  total_amount: int(-725),
  tax_free_amount: int(-722),
  vat_amount: optional(int(-722)),
  green_deposit: optional(int(-722)),
  approval_url: pageUrl,
  cancel_url: pageUrl,
  fail_url: pageUrl,
  available_cards: optional(listOf(CARDS, -705)),
  payment_method_type: optional(oneOf<KakaoMethod>(['CARD', 'MONEY'], -705)),
  install_month: optional(int(-726, 0, 12)),
  use_share_installment: optional(oneOf(['Y', 'N'], -726)),
  redirect_scheme_url: optional(text(255)),
}

/**
 * Opens a payment and answers its tid and the customer's pages. A total of 0 is allowed with the recurring
 * CID only (a SID without a charge). Amounts are won with VAT included; the VAT defaults to an eleventh.
 */
export const ready: Decide = (world, body) => {
  const read = readFields(FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const asked = read.value
  const { total_amount: amount, tax_free_amount: taxFree } = asked
  if (amount === 0 && asked.cid !== TEST_CIDS.recurring) return refuse(-725, 'total_amount must be over 0')
  if (taxFree > amount) return refuse(-722, 'tax_free_amount is over total_amount')
  const vat = asked.vat_amount ?? includedVat(amount, taxFree)
  if (vat > amount - taxFree) return refuse(-722, 'vat_amount is over the taxable amount')
  const tid = world.newId('T')
  const page = world.pageUrl(tid)
  return {
    rows: [
      {
        provider: 'kakaopay',
        kind: 'ready',
        tid,
        cid: asked.cid,
        partnerOrderId: asked.partner_order_id,
        partnerUserId: asked.partner_user_id,
        itemName: asked.item_name,
        itemCode: asked.item_code,
        quantity: asked.quantity,
        amount,
        taxFree,
        vat,
        method: asked.payment_method_type,
        approvalUrl: asked.approval_url,
        cancelUrl: asked.cancel_url,
        failUrl: asked.fail_url,
      },
    ],
    answer: () => ({
      status: 200,
      body: {
        tid,
        next_redirect_app_url: page,
        next_redirect_mobile_url: page,
        next_redirect_pc_url: page,
        android_app_scheme: `kakaotalk://kakaopay/pg?url=${encodeURIComponent(page)}`,
        ios_app_scheme: `kakaotalk://kakaopay/pg?url=${encodeURIComponent(page)}`,
        created_at: seoulLocal(world.now),
      },
    }),
  }
}
