import { answerOnly, type Decision } from '../decision.ts'
import type { RowDraft } from '../rows.ts'

type Entry = readonly [status: number, korean: string, english: string]

/** Error codes of Toss Payments: HTTP status, Korean text, English text. */
const TOSS_ERRORS: Readonly<Record<string, Entry>> = {
  ALREADY_PROCESSED_PAYMENT: [
    400,
    '이미 처리된 결제 입니다.',
    'This is a payment that has already been processed.',
  ],
  ALREADY_COMPLETED_PAYMENT: [400, '이미 완료된 결제 입니다.', 'This payment has already been completed.'],
  DUPLICATED_ORDER_ID: [
    400,
    '이미 승인 및 취소가 진행된 중복된 주문번호 입니다.',
    'This order number has already been used.',
  ],
  PROVIDER_ERROR: [
    400,
    '일시적인 오류가 발생했습니다. 잠시 후 다시 시도해주세요.',
    'A temporary error has occurred.',
  ],
  INVALID_REQUEST: [400, '잘못된 요청입니다.', 'The request is wrong.'],
  INVALID_IDEMPOTENCY_KEY: [
    400,
    '멱등키는 300자 이하여야 합니다.',
    'The idempotency key must have at most 300 characters.',
  ],
  INVALID_CARD_EXPIRATION: [
    400,
    '카드 정보를 다시 확인해주세요. (유효기간)',
    'Check the card’s expiration date.',
  ],
  INVALID_CARD_NUMBER: [400, '카드번호를 다시 확인해주세요.', 'Check the card number.'],
  INVALID_CARD_LOST_OR_STOLEN: [400, '분실 혹은 도난 카드입니다.', 'The card was lost or stolen.'],
  INVALID_STOPPED_CARD: [400, '정지된 카드 입니다.', 'The card has been suspended.'],
  INVALID_REJECT_CARD: [
    400,
    '카드 사용이 거절되었습니다. 카드사 문의가 필요합니다.',
    'The card was refused.',
  ],
  INVALID_BILL_KEY_REQUEST: [
    400,
    '빌링키 인증이 완료되지 않았거나 유효하지 않은 빌링 거래 건입니다.',
    'The billing authorization is not valid.',
  ],
  NOT_MATCHES_CUSTOMER_KEY: [
    400,
    '빌링 인증 고객키와 결제 요청 고객키가 일치하지 않습니다.',
    'The customer key does not match.',
  ],
  NOT_SUPPORTED_METHOD: [400, '지원되지 않는 결제 수단입니다.', 'The payment method is not supported.'],
  NOT_SUPPORTED_CARD_TYPE: [400, '지원되지 않는 카드 종류입니다.', 'The card type is not supported.'],
  NOT_REGISTERED_CARD_COMPANY: [
    400,
    '카드를 사용 등록 후 이용해주세요.',
    'The card is not registered for use.',
  ],
  BELOW_MINIMUM_AMOUNT: [
    400,
    '신용카드는 결제금액이 100원 이상, 계좌는 200원이상부터 결제가 가능합니다.',
    'The amount is below the minimum.',
  ],
  EXCEED_MAX_DAILY_PAYMENT_COUNT: [400, '하루 결제 가능 횟수를 초과했습니다.', 'Too many payments today.'],
  EXCEED_MAX_PAYMENT_AMOUNT: [400, '하루 결제 가능 금액을 초과했습니다.', 'The daily limit was exceeded.'],
  ALREADY_CANCELED_PAYMENT: [400, '이미 취소된 결제 입니다.', 'This payment has already been canceled.'],
  ALREADY_REFUND_PAYMENT: [400, '이미 환불된 결제입니다.', 'This payment has already been refunded.'],
  NOT_MATCHES_REFUNDABLE_AMOUNT: [
    400,
    '잔액 결과가 일치하지 않습니다.',
    'The refundable amount does not match.',
  ],
  REFUND_REJECTED: [400, '환불이 거절됐습니다. 결제사에 문의 부탁드립니다.', 'The refund was refused.'],
  UNAUTHORIZED_KEY: [
    401,
    '인증되지 않은 시크릿 키 혹은 클라이언트 키 입니다.',
    'The secret key is not valid.',
  ],
  REJECT_CARD_COMPANY: [403, '결제 승인이 거절되었습니다.', 'The payment was refused.'],
  REJECT_CARD_PAYMENT: [
    403,
    '한도초과 혹은 잔액부족으로 결제에 실패했습니다.',
    'The limit was exceeded or the balance is too low.',
  ],
  REJECT_ACCOUNT_PAYMENT: [403, '잔액부족으로 결제에 실패했습니다.', 'The balance is too low.'],
  EXCEED_MAX_AUTH_COUNT: [
    403,
    '최대 인증 횟수를 초과했습니다. 카드사로 문의해주세요.',
    'Too many authentications.',
  ],
  FORBIDDEN_REQUEST: [403, '허용되지 않은 요청입니다.', 'The request is not allowed.'],
  FORBIDDEN_CONSECUTIVE_REQUEST: [
    403,
    '반복적인 요청은 허용되지 않습니다. 잠시 후 다시 시도해주세요.',
    'Repeated requests are not allowed.',
  ],
  NOT_CANCELABLE_AMOUNT: [403, '취소 할 수 없는 금액 입니다.', 'The amount cannot be canceled.'],
  NOT_CANCELABLE_PAYMENT: [403, '취소 할 수 없는 결제 입니다.', 'The payment cannot be canceled.'],
  NOT_ALLOWED_PARTIAL_REFUND: [403, '부분 환불이 불가능한 결제입니다.', 'Partial refunds are not possible.'],
  EXCEED_MAX_REFUND_DUE: [403, '환불 가능한 기간이 지났습니다.', 'It is too late for a refund.'],
  NOT_FOUND: [404, '존재하지 않는 정보 입니다.', 'Not found.'],
  NOT_FOUND_PAYMENT: [404, '존재하지 않는 결제 정보 입니다.', 'The payment does not exist.'],
  NOT_FOUND_PAYMENT_SESSION: [
    404,
    '결제 시간이 만료되어 결제 진행 데이터가 존재하지 않습니다.',
    'The payment session has expired.',
  ],
  NOT_FOUND_BILLING: [404, '존재하지 않는 빌링 결제 입니다.', 'The billing key does not exist.'],
  IDEMPOTENT_REQUEST_PROCESSING: [
    409,
    '이전 멱등 요청이 처리중입니다.',
    'A request with this idempotency key is still being processed.',
  ],
  TOO_MANY_REQUESTS: [
    429,
    '비정상적인 요청이 감지되었습니다. 잠시 후 다시 시도해주세요.',
    'Too many requests.',
  ],
  FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING: [
    500,
    '결제가 완료되지 않았어요. 다시 시도해주세요.',
    'The payment was not completed.',
  ],
  FAILED_INTERNAL_SYSTEM_PROCESSING: [
    500,
    '내부 시스템 처리 작업이 실패했습니다.',
    'An internal operation failed.',
  ],
  FAILED_METHOD_HANDLING: [
    500,
    '결제 중 선택한 결제 수단 처리에 일시적인 오류가 발생했습니다.',
    'The payment method failed for a moment.',
  ],
  FAILED_METHOD_HANDLING_CANCEL: [
    500,
    '취소 중 결제 시 사용한 결제 수단 처리과정에서 일시적인 오류가 발생했습니다.',
    'The payment method failed while canceling.',
  ],
  FAILED_REFUND_PROCESS: [
    500,
    '은행 응답시간 지연이나 일시적인 오류로 환불요청에 실패했습니다.',
    'The refund failed for a moment.',
  ],
  COMMON_ERROR: [500, '일시적인 오류가 발생했습니다.', 'A temporary error has occurred.'],
  UNKNOWN_ERROR: [500, '알 수 없는 오류가 발생했습니다.', 'An unknown error has occurred.'],
}

export type Language = 'ko' | 'en'

/** HTTP status that goes with a code; 400 for codes not listed. */
export function statusOf(code: string): number {
  return TOSS_ERRORS[code]?.[0] ?? 400
}

/** Error body as Toss Payments sends it. */
export function tossErrorBody(
  code: string,
  message?: string,
  language: Language = 'ko',
): { code: string; message: string } {
  const [, korean = code, english = code] = TOSS_ERRORS[code] ?? []
  return { code, message: message ?? (language === 'en' ? english : korean) }
}

/** A refusal with its status and text, and possibly rows that tell of it. */
export function refuse(language: Language, code: string, message?: string, rows: RowDraft[] = []): Decision {
  return answerOnly({ status: statusOf(code), body: tossErrorBody(code, message, language) }, rows)
}
