import { answerOnly, type Decision } from '../decision.ts'
import type { RowDraft } from '../rows.ts'

/** KakaoPay's error codes with the text the simulator answers. */
const KAKAO_MESSAGES: Readonly<Record<number, string>> = {
  [-2]: 'invalid argument!',
  [-401]: 'invalid secret key!',
  [-404]: 'no such operation!',
  [-701]: 'payment is not authenticated yet!',
  [-702]: 'payment is already done!',
  [-703]: 'invalid point amount!',
  [-704]: 'invalid amount!',
  [-705]: 'unsupported payment method type!',
  [-706]: 'partner_order_id is not matched!',
  [-707]: 'partner_user_id is not matched!',
  [-708]: 'invalid pg_token!',
  [-710]: 'cancel amount is over the available amount!',
  [-711]: 'cancel amount is over the payment amount!',
  [-721]: 'tid does not exist!',
  [-722]: 'invalid amount information!',
  [-723]: 'payment is expired!',
  [-724]: 'invalid one time amount!',
  [-725]: 'invalid total amount!',
  [-726]: 'invalid order information!',
  [-730]: 'invalid app information!',
  [-731]: 'invalid cid!',
  [-732]: 'invalid gid!',
  [-733]: 'invalid cid_secret!',
  [-750]: 'sid does not exist!',
  [-751]: 'sid is inactive!',
  [-752]: 'sid is over its monthly count!',
  [-753]: 'partner_user_id is not matched with the sid!',
  [-761]: 'phone number is not a member!',
  [-780]: 'approval failure!',
  [-781]: 'cancel failure!',
  [-782]: 'subscription payment failure!',
  [-783]: 'payment status cannot be approved!',
  [-784]: 'payment status cannot be canceled!',
  [-785]: 'duplicated payment or cancel request!',
  [-797]: 'over the limit of one payment!',
  [-798]: 'ip address is not allowed!',
  [-799]: 'domain is not registered!',
}

/** Known texts of `extras.method_result_code`; the set is open. */
const METHOD_RESULTS: Readonly<Record<string, string>> = {
  USER_LOCKED: '진행중인 거래가 있습니다. 잠시 후 다시 시도해 주세요.',
  LACK_BALANCE: '잔액이 부족합니다.',
  '8326': '결제 한도를 초과했습니다.',
  '9999': '잔액 또는 한도를 확인해 주세요.',
}

/** The `extras` that come with a refusal of the payment method. */
export function methodResult(code: string): Record<string, string> {
  return {
    method_result_code: code,
    method_result_message: METHOD_RESULTS[code] ?? '결제 수단을 확인해 주세요.',
  }
}

/** Error body as KakaoPay sends it. */
export function kakaoErrorBody(
  code: number,
  message?: string,
  extras?: Record<string, string>,
): Record<string, unknown> {
  return {
    error_code: code,
    error_message: message ?? KAKAO_MESSAGES[code] ?? 'unknown error!',
    ...(extras === undefined ? {} : { extras }),
  }
}

/** A refusal: HTTP 400 with its code, and possibly a row that tells of it. */
export function refuse(
  code: number,
  message?: string,
  extras?: Record<string, string>,
  rows: RowDraft[] = [],
): Decision {
  return answerOnly({ status: 400, body: kakaoErrorBody(code, message, extras) }, rows)
}
