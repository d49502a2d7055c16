import { seoulLocal } from '../clock.ts'
import { escapeHtml, htmlPage, wonText } from '../html.ts'
import { isOpen, type Payment } from './state.ts'
import { READY_VALID_MS } from './world.ts'

/** Reasons the customer's page can play, with the status they leave behind. */
export const FAILURES = [
  { code: 'LACK_BALANCE', label: '잔액 부족', status: 'FAIL_PAYMENT' },
  { code: 'LIMIT', label: '한도 초과', status: 'FAIL_PAYMENT' },
  { code: 'STOPPED_CARD', label: '분실·정지된 카드', status: 'FAIL_PAYMENT' },
  { code: 'WRONG_PASSWORD', label: '비밀번호 5회 오류', status: 'FAIL_AUTH_PASSWORD' },
] as const

export function isExpired(payment: Payment, now: number): boolean {
  return now - payment.createdAt > READY_VALID_MS
}

/** The page where the customer agrees, gives up or plays a failure. Works without scripts. */
export function paymentPage(payment: Payment, now: number): string {
  const until = payment.createdAt + READY_VALID_MS
  const left = Math.max(0, Math.ceil((until - now) / 1000))
  const action = (name: string) => `/kakaopay/pay/${encodeURIComponent(payment.tid)}/${name}`
  const reasons = FAILURES.map(({ code, label }) => `<option value="${code}">${label}</option>`).join('')
  const recurring = payment.cid === 'TCSUBSCRIP'
  const checked = (method: string) => (payment.method === method ? ' checked' : '')
  return htmlPage(
    'kakaopay',
    payment.total === 0 ? '카카오페이 모의 정기결제 등록' : '카카오페이 모의 결제',
    `<h1>${recurring ? '정기결제 등록' : '결제 확인'}</h1>
<dl><dt>상품</dt><dd>${escapeHtml(payment.itemName)}</dd>
<dt>주문번호</dt><dd>${escapeHtml(payment.partnerOrderId)}</dd>
<dt>수량</dt><dd>${payment.quantity}</dd>
<dt>결제 금액</dt><dd class="total">${wonText(payment.total)}</dd>
<dt>남은 시간</dt><dd>${Math.floor(left / 60)}분 ${left % 60}초 <span class="note">(${seoulLocal(until).slice(11)}까지)</span></dd></dl>
<p class="note">${consentText(payment.total, recurring)}</p>
<form method="post" action="${action('approve')}"><fieldset><legend>결제 수단</legend>
<label><input type="radio" name="method" value="MONEY"${checked('MONEY')}>카카오페이머니</label>
<label><input type="radio" name="method" value="CARD"${checked('CARD')}>신용·체크카드</label></fieldset>
<button class="primary" type="submit">${payment.total === 0 ? '등록하기' : '결제하기'}</button></form>
<form method="post" action="${action('cancel')}"><button type="submit">취소</button></form>
<details><summary>실패 흉내 내기</summary><form method="post" action="${action('fail')}">
<label for="reason">실패 이유</label><select id="reason" name="reason">${reasons}</select>
<button type="submit">실패로 끝내기</button></form></details>`,
  )
}

function consentText(total: number, recurring: boolean): string {
  if (!recurring) return '결제 내용을 확인해 주세요.'
  const later = '동의하면 이후 결제일마다 자동으로 결제됩니다.'
  return total === 0 ? `지금은 결제되지 않습니다. ${later}` : later
}

const ENDINGS: Readonly<Record<string, string>> = {
  SUCCESS_PAYMENT: '결제가 완료되었습니다.',
  ISSUED_SID: '정기결제 수단이 등록되었습니다.',
  PART_CANCEL_PAYMENT: '결제 금액의 일부가 취소되었습니다.',
  CANCEL_PAYMENT: '결제가 취소되었습니다.',
  QUIT_PAYMENT: '결제를 취소하셨습니다.',
  FAIL_PAYMENT: '결제에 실패했습니다.',
  FAIL_AUTH_PASSWORD: '비밀번호 인증에 실패했습니다.',
}

/** What the customer sees who comes back after the end, or too late. */
export function endPage(payment: Payment, now: number): string {
  const expired = isOpen(payment.status) && isExpired(payment, now)
  const said = expired ? '결제 시간이 지났습니다.' : (ENDINGS[payment.status] ?? '이미 진행된 결제입니다.')
  const back =
    expired && payment.checkout !== undefined
      ? `<p><a href="${escapeHtml(payment.checkout.failUrl)}">상점으로 돌아가기</a></p>`
      : ''
  return htmlPage(
    'kakaopay',
    said,
    `<h1>${said}</h1><dl><dt>상품</dt><dd>${escapeHtml(payment.itemName)}</dd><dt>주문번호</dt><dd>${escapeHtml(payment.partnerOrderId)}</dd>
<dt>결제 금액</dt><dd class="total">${wonText(payment.total)}</dd></dl>
<p class="note">더 하실 일이 없습니다. 이 창을 닫고 상점에서 결과를 확인해 주세요.</p>${back}`,
  )
}

export function unknownPage(): string {
  return htmlPage(
    'kakaopay',
    '결제를 찾을 수 없습니다',
    '<h1>결제를 찾을 수 없습니다</h1><p>주소를 확인하거나 상점에서 다시 시작해 주세요.</p>',
  )
}

/** The customer agreed, but their browser never gets back to the shop. */
export function strandedPage(): string {
  return htmlPage(
    'kakaopay',
    '인증 완료',
    '<h1>인증이 끝났습니다</h1><p>상점으로 돌아가지 않고 창이 닫힌 상황입니다.</p>',
  )
}
