const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text made safe for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

const won = new Intl.NumberFormat('ko-KR')

/** `12,900원` */
export function wonText(amount: number): string {
  return `${won.format(amount)}원`
}

const STYLE = `
:root{color-scheme:light;--brand:#fee500;--ink:#191919;--soft:#5c5c5c;--line:#e4e4e4}
*{box-sizing:border-box}
body{margin:0;background:#f2f3f5;color:var(--ink);font:16px/1.5 "Apple SD Gothic Neo","Noto Sans KR",Pretendard,system-ui,sans-serif}
main{max-width:440px;min-height:100vh;margin:0 auto;background:#fff;display:flex;flex-direction:column}
header{background:var(--brand);padding:20px 24px}
.toss header{background:#0064ff;color:#fff}
header p{margin:0;font-size:.9rem}
header strong{font-size:1.35rem;letter-spacing:-.02em}
section{padding:24px}
h1{font-size:1.3rem;margin:0 0 16px}
dl{display:grid;grid-template-columns:auto 1fr;gap:10px 16px;margin:0;padding:18px;border:1px solid var(--line);border-radius:14px}
dt{color:var(--soft)}dd{margin:0;text-align:right;overflow-wrap:anywhere}
dd.total{font-size:1.35rem;font-weight:700}
form{display:grid;gap:12px;margin:0 0 14px}
fieldset{border:1px solid var(--line);border-radius:14px;padding:14px 18px;margin:0;display:grid;gap:8px}
legend,label{font-weight:600}
fieldset label{font-weight:400;display:flex;gap:10px;align-items:center;min-height:32px}
select,button{font:inherit;width:100%;min-height:50px;border-radius:12px;border:1px solid #b8b8b8;background:#fff;color:var(--ink);padding:0 14px}
button{cursor:pointer;font-weight:700}
button.primary{background:var(--brand);border-color:var(--brand)}
.toss button.primary{background:#0064ff;border-color:#0064ff;color:#fff}
:focus-visible{outline:3px solid #1a56db;outline-offset:2px}
details{border-top:1px solid var(--line);padding-top:14px}summary{cursor:pointer;min-height:40px;color:var(--soft)}
.note{color:var(--soft);font-size:.9rem}
a{color:#1a4fc4}
code{background:#f2f3f5;padding:2px 6px;border-radius:6px;overflow-wrap:anywhere}
`

/** A whole page of the bank. `body` is HTML already made safe. No scripts are ever needed. */
export function htmlPage(brand: 'kakaopay' | 'toss' | 'bank', title: string, body: string): string {
  const name = brand === 'kakaopay' ? 'KakaoPay' : brand === 'toss' ? 'Toss Payments' : 'Pillivery Bank'
  return `<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body class="${brand}"><main><header><strong>${name}</strong><p>모의 결제 · 실제로 돈이 나가지 않습니다</p></header>
<section>${body}</section></main></body></html>`
}
