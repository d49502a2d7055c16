import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { languageOf, type ProblemPage } from '../platform/http/problem.ts'
import type { Text } from '../platform/refusal.ts'

/** A browser that waits opens the page again by itself after so long. */
const AGAIN_SECONDS = 5
const TOO_MANY = 429

const STYLE = `:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.6 system-ui,"Apple SD Gothic Neo","Noto Sans KR",sans-serif;background:Canvas;color:CanvasText}
main{max-width:32rem;padding:2rem 1.25rem;text-align:center}
h1{font-size:1.4rem;line-height:1.35;margin:0 0 .75rem;text-wrap:balance;word-break:keep-all}
p{margin:.5rem 0;word-break:keep-all}
small{opacity:.75;overflow-wrap:anywhere}
a{display:inline-block;margin-top:1rem;padding:.6rem 1.2rem;border:1px solid currentColor;border-radius:.6rem;color:inherit;text-decoration:none}
[hidden]{display:none}`
/** Of whoever has the pages, and asked for as often as one likes: all addresses of pages are theirs (`routing.ts`). */
const HARMLESS = '/cart/count'
/**
 * Asks until whoever has the page answers, then opens it once; until then what stands here stays as it is, and is not
 * read out anew. The page itself is not asked for: it may be good once only, or lead to somebody else.
 */
const ASK_AGAIN = `const ask=()=>setTimeout(()=>fetch('${HARMLESS}',{cache:'no-store'}).then((answer)=>answer.status<500&&answer.status!==429?location.reload():ask(),ask),${AGAIN_SECONDS * 1_000});ask()`
/**
 * Tells the page of the form (`web/islands/page.ts`) that what was typed did not arrive. That has kept where the form
 * can be opened, which is not where it was shown when it stood in the answer to another one; only then it is promised
 * that something is still there.
 */
const CAME_BACK = `try{const kept=JSON.parse(sessionStorage.getItem('form-on-its-way'));if(kept?.sentTo===location.href){sessionStorage.setItem('form-came-back','1');const back=document.getElementById('back');if(/^\\/(?!\\/)/.test(kept.page??'')){back.href=kept.page;back.hidden=false;const still=document.getElementById('still');if(still)still.hidden=false}else back.hidden=true}}catch{}`
const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(ASK_AGAIN)} ${hashOf(CAME_BACK)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const WORDS: Readonly<Record<'waiting' | 'unsent' | 'stopped' | 'missing', { title: Text; text: Text }>> = {
  waiting: {
    title: { ko: '잠시만 기다려 주세요', en: 'One moment, please' },
    text: {
      ko: '이 화면을 지금 불러올 수 없습니다. 잠시 뒤 저절로 다시 열립니다.',
      en: 'This page cannot be had right now. It opens again by itself.',
    },
  },
  unsent: {
    title: { ko: '아직 보내지 못했습니다', en: 'This was not sent' },
    text: {
      ko: '처리된 것은 없습니다. 잠시 뒤 입력하시던 화면에서 다시 보내 주세요.',
      en: 'Nothing was done. Please send it again in a moment from the page you were on.',
    },
  },
  stopped: {
    title: { ko: '요청을 마치지 못했습니다', en: 'The request was not finished' },
    text: {
      ko: '이미 처리되었을 수 있습니다. 다시 시도하기 전에 확인해 주세요.',
      en: 'It may have been done already. Please look before you try again.',
    },
  },
  missing: {
    title: { ko: '찾을 수 없습니다', en: 'Not found' },
    text: { ko: '그런 주소가 없습니다.', en: 'There is no such address.' },
  },
}
const AGAIN: Text = { ko: '다시 시도', en: 'Try again' }
const BACK: Text = { ko: '입력하던 화면으로', en: 'Back to the page' }
const HOME: Text = { ko: '처음으로', en: 'To the start' }
const STILL_THERE: Text = {
  ko: '입력하신 내용은 비밀번호 말고는 그대로 남아 있습니다.',
  en: 'What you entered is still there, but for passwords.',
}
const NUMBER: Text = { ko: '문의 번호', en: 'Reference' }

/** Shows browsers a page where programs get a problem document. It stands alone: whoever has our pages may be down. */
export const unavailablePage: ProblemPage = (request, reply, { status }, { code }) => {
  if (!asksForPage(request)) return undefined
  const isEnglish = /^\/en(\/|\?|$)/.test(request.url)
  const language = isEnglish ? 'en' : request.url.startsWith('/api/') ? languageOf(request) : 'ko'
  const isTooMany = status === TOO_MANY
  const waits = (status >= 500 || isTooMany) && request.method === 'GET'
  const said = waits
    ? 'waiting'
    : status === 404
      ? 'missing'
      : code === 'service_unavailable' || isTooMany
        ? 'unsent'
        : 'stopped'
  const { title, text } = WORDS[said]
  const isKept = said === 'unsent'
  return pageOf(request, reply, { language, waits, isKept, title: title[language], text: text[language] })
}

/** A way on: the same address once more; for what was sent, the page it was sent from. */
function wayOn(request: FastifyRequest, waits: boolean, language: 'ko' | 'en'): string {
  // An empty address is that of the page itself.
  if (waits) return `<a href="">${AGAIN[language]}</a> `
  const from = pageBefore(request)
  const way = from === undefined ? 'hidden' : `href="${escaped(from)}"`
  return `<a id="back" ${way}>${BACK[language]}</a> `
}

function pageBefore({ headers: { referer }, host: own }: FastifyRequest): string | undefined {
  if (referer === undefined || !URL.canParse(referer)) return undefined
  const { host, pathname, search } = new URL(referer)
  return host !== own || pathname.startsWith('//') ? undefined : `${pathname}${search}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

function pageOf(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    language,
    waits,
    isKept,
    title,
    text,
  }: { language: 'ko' | 'en'; waits: boolean; isKept: boolean; title: string; text: string },
): string {
  reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-language', language)
    .header('content-security-policy', POLICY)
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${waits ? `<noscript><meta http-equiv="refresh" content="${AGAIN_SECONDS}"></noscript>` : ''}<meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1><p>${text}</p>${isKept ? `<p id="still" hidden>${STILL_THERE[language]}</p>` : ''}<p>${wayOn(request, waits, language)}<a href="${language === 'en' ? '/en' : '/'}">${HOME[language]}</a></p><p><small>${NUMBER[language]} ${request.id}</small></p></main><script>${waits ? ASK_AGAIN : CAME_BACK}</script></body></html>
`
}

function asksForPage({ url, headers: { accept } }: FastifyRequest): boolean {
  return (
    (accept ?? '').includes('text/html') && !/^\/api\/(?!payments\/return|payment-methods\/return)/.test(url)
  )
}
