import type { Bank } from '../bank.ts'
import { htmlPage, wonText } from '../html.ts'

const ENDPOINTS = [
  ['GET', '/health', '살아 있는지'],
  ['GET', '/journal', '기록 (kind, provider, since, partnerOrderId, limit)'],
  ['GET', '/journal/summary?byOrder=1', '승인·환불 합계'],
  ['GET', '/faults', '지금 걸린 장애 규칙 (POST 추가, DELETE 해제)'],
  ['GET', '/clock', '은행의 시각 (수동 시계면 POST로 이동)'],
  ['GET', '/kakaopay/settlement', '카카오페이 정산 파일 (startDate, endDate)'],
  ['GET', '/webhooks', '토스 웹훅을 받을 주소 (POST로 설정)'],
] as const

/** `GET /`: says what this is and where things are. */
export function indexPage(bank: Bank): string {
  const { kakaopay, toss } = bank.totals
  const net = kakaopay.charged - kakaopay.refunded + toss.charged - toss.refunded
  const links = ENDPOINTS.map(
    ([method, path, what]) => `<li><a href="${path}"><code>${method} ${path}</code></a><br>${what}</li>`,
  ).join('')
  return htmlPage(
    'bank',
    'Pillivery 모의 은행',
    `<h1>모의 결제사</h1>
<p>카카오페이와 토스페이먼츠의 자리를 대신하는 시뮬레이터입니다. 실제 돈은 움직이지 않습니다.<br>
<span lang="en">Stands in for KakaoPay and Toss Payments. No real money moves.</span></p>
<dl><dt>승인</dt><dd>${kakaopay.charges + toss.charges}건</dd><dt>환불</dt><dd>${kakaopay.refunds + toss.refunds}건</dd>
<dt>순 결제액</dt><dd class="total">${wonText(net)}</dd></dl>
<h2>주소</h2><ul>${links}</ul>
<p class="note">결제 API: <code>/online/v1/payment/…</code> (카카오페이), <code>/v1/…</code> (토스페이먼츠)</p>`,
  )
}
