import { escapeHtml, htmlPage, wonText } from '../../html.ts'
import { CUSTOMER_KEY, ORDER_ID } from '../world.ts'

/** What the merchant's page hands over to the checkout. */
export interface Checkout {
  mode: 'pay' | 'billing'
  orderId: string
  orderName: string
  amount: number
  taxFreeAmount: number
  customerKey: string
  successUrl: string
  failUrl: string
}

/** Failures the page can play: the code the merchant gets back and what the customer reads. */
export const FAILURES = [
  { code: 'REJECT_CARD_COMPANY', label: '카드사 승인 거절' },
  { code: 'INVALID_CARD_NUMBER', label: '카드번호 오류' },
  { code: 'EXCEED_MAX_AUTH_COUNT', label: '인증 횟수 초과' },
  { code: 'PAY_PROCESS_ABORTED', label: '결제 진행 중 중단' },
] as const

function isPage(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol)
}

/** Reads the checkout's parameters; a text says what is wrong with them. */
export function readCheckout(given: URLSearchParams): Checkout | string {
  const get = (name: string) => given.get(name) ?? ''
  const mode = given.get('mode') ?? 'pay'
  if (mode !== 'pay' && mode !== 'billing') return 'mode는 pay 또는 billing이어야 합니다.'
  const successUrl = get('successUrl')
  const failUrl = get('failUrl')
  if (!isPage(successUrl) || !isPage(failUrl)) return 'successUrl과 failUrl은 http(s) 주소여야 합니다.'
  const customerKey = get('customerKey')
  if ((mode === 'billing' || customerKey !== '') && !CUSTOMER_KEY.test(customerKey))
    return 'customerKey가 올바르지 않습니다.'
  const common = { customerKey, successUrl, failUrl }
  if (mode === 'billing')
    return { mode, orderId: '', orderName: '카드 등록', amount: 0, taxFreeAmount: 0, ...common }
  const amount = Number(get('amount'))
  if (!ORDER_ID.test(get('orderId'))) return 'orderId는 6~64자의 영문, 숫자, -, _ 이어야 합니다.'
  if (get('orderName') === '' || get('orderName').length > 100) return 'orderName은 1~100자여야 합니다.'
  if (!Number.isSafeInteger(amount) || amount < 1) return 'amount는 1 이상의 정수여야 합니다.'
  const taxFreeAmount = Number(get('taxFreeAmount'))
  if (!Number.isSafeInteger(taxFreeAmount) || taxFreeAmount < 0 || taxFreeAmount > amount)
    return 'taxFreeAmount는 0부터 amount까지의 정수여야 합니다.'
  return { mode, orderId: get('orderId'), orderName: get('orderName'), amount, taxFreeAmount, ...common }
}

/** The page where the customer pays or registers a card, gives up, or plays a failure. */
export function checkoutPage(checkout: Checkout): string {
  const hidden = Object.entries(checkout)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(String(value))}">`)
    .join('')
  const pays = checkout.mode === 'pay'
  const details = pays
    ? `<dl><dt>상품</dt><dd>${escapeHtml(checkout.orderName)}</dd><dt>주문번호</dt><dd>${escapeHtml(checkout.orderId)}</dd>
<dt>결제 금액</dt><dd class="total">${wonText(checkout.amount)}</dd></dl>`
    : '<p>정기결제에 쓸 카드를 등록합니다. 이후 결제일마다 자동으로 결제됩니다.</p>'
  const reasons = FAILURES.map(({ code, label }) => `<option value="${code}">${label}</option>`).join('')
  return htmlPage(
    'toss',
    pays ? '토스페이먼츠 모의 결제' : '토스페이먼츠 모의 카드 등록',
    `<h1>${pays ? '결제 확인' : '카드 등록'}</h1>${details}
<p class="note">시험 카드 4330-1234-****-123* 를 사용합니다.</p>
<form method="post" action="/toss/checkout/approve">${hidden}<button class="primary" type="submit">${pays ? '결제하기' : '카드 등록하기'}</button>
${pays ? '<button name="method" value="transfer" type="submit">계좌이체로 내기</button>' : ''}</form>
<form method="post" action="/toss/checkout/cancel">${hidden}<button type="submit">취소</button></form>
<details><summary>실패 흉내 내기</summary><form method="post" action="/toss/checkout/fail">${hidden}
<label for="reason">실패 이유</label><select id="reason" name="reason">${reasons}</select>
<button type="submit">실패로 끝내기</button></form></details>`,
  )
}

export function problemPage(said: string): string {
  return htmlPage(
    'toss',
    '결제를 시작할 수 없습니다',
    `<h1>결제를 시작할 수 없습니다</h1><p>${escapeHtml(said)}</p>`,
  )
}

export function strandedPage(): string {
  return htmlPage(
    'toss',
    '인증 완료',
    '<h1>인증이 끝났습니다</h1><p>상점으로 돌아가지 않고 창이 닫힌 상황입니다.</p>',
  )
}
