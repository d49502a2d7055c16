import { escapeHtml } from '../bank/html.ts'
import { PECULIAR } from './brands.ts'
import type { Brand, Item, Person } from './people.ts'

const COLOURS: Readonly<Record<Brand, { ground: string; ink: string }>> = {
  google: { ground: '#1a56db', ink: '#fff' },
  kakao: { ground: '#fee500', ink: '#191919' },
  naver: { ground: '#027a36', ink: '#fff' },
}
const ITEM_NAMES: Readonly<Record<Item, string>> = { email: '이메일', name: '이름', phone: '휴대전화 번호' }

function styleOf({ ground, ink }: { ground: string; ink: string }): string {
  return `
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;background:#f2f3f5;color:#191919;font:16px/1.5 "Apple SD Gothic Neo","Noto Sans KR",system-ui,sans-serif;word-break:keep-all}
main{max-width:440px;min-height:100vh;margin:0 auto;background:#fff}
header{background:${ground};color:${ink};padding:20px 24px}header p{margin:0;font-size:.9rem}header strong{font-size:1.35rem}
section{padding:24px}h1{font-size:1.25rem;margin:0 0 16px}
form{display:grid;gap:14px;margin:0 0 12px}
fieldset{border:1px solid #d5d5d5;border-radius:14px;padding:12px 16px;margin:0;display:grid;gap:4px}
legend{font-weight:600}label{display:flex;gap:10px;align-items:center;min-height:44px;overflow-wrap:anywhere}
small{color:#5c5c5c;display:block}
button{font:inherit;font-weight:700;min-height:50px;border-radius:12px;border:1px solid #b8b8b8;background:#fff;color:#191919;cursor:pointer}
button.primary{background:${ground};border-color:${ground};color:${ink}}
:focus-visible{outline:3px solid #1a56db;outline-offset:2px}`
}

/** A whole page of a provider. `body` is HTML already made safe. No scripts are ever needed. */
function pageOf(brand: Brand, title: string, body: string): string {
  return `<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><link rel="icon" href="data:,">
<style>${styleOf(COLOURS[brand])}</style></head>
<body><main><header><strong>${PECULIAR[brand].title}</strong><p>모의 로그인 · 실제 계정이 아닙니다</p></header>
<section>${body}</section></main></body></html>`
}

/** Where a demo person is picked, and what they pass on. */
export function pickPage(brand: Brand, people: readonly Person[], action: string): string {
  const { optional, title } = PECULIAR[brand]
  const choices = people
    .map(
      ({ id, name, email }, index) =>
        `<label><input type="radio" name="person" value="${escapeHtml(id)}"${index === 0 ? ' checked' : ''}>
<span>${escapeHtml(name)}<small>${escapeHtml(email)}</small></span></label>`,
    )
    .join('')
  const given = optional
    .map(
      (item) =>
        `<label><input type="checkbox" name="give" value="${item}" checked>${ITEM_NAMES[item]} (선택)</label>`,
    )
    .join('')
  return pageOf(
    brand,
    `${title} 모의 로그인`,
    `<h1>누구로 로그인할까요?</h1>
<form method="post" action="${escapeHtml(action)}"><fieldset><legend>계정</legend>${choices}</fieldset>
${given ? `<fieldset><legend>제공할 정보</legend>${given}</fieldset>` : ''}
<button class="primary" type="submit">동의하고 계속하기</button></form>
<form method="post" action="${escapeHtml(action)}/cancel"><button type="submit">취소</button></form>`,
  )
}

export function messagePage(brand: Brand, message: string): string {
  return pageOf(brand, message, `<h1>${escapeHtml(message)}</h1><p>상점에서 로그인을 다시 시작해 주세요.</p>`)
}
