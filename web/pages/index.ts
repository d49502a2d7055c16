/** The face of the pages: a module of the process like the contexts', and the addresses others send browsers to. */
import type { FastifyRequest } from 'fastify'
import type { ProblemPage } from '../../src/platform/http/problem.ts'
import type { Module } from '../../src/platform/module.ts'
import type { ProblemCatalog } from '../../src/platform/refusal.ts'
import { consolePlaces, createConsoleKeeper } from './console/obtain.ts'
import { readAssets } from './frame/assets.ts'
import { createBrowserSession } from './frame/browser.ts'
import { browserLanguage, localPath } from './frame/visit.ts'
import type { PagesDeps } from './frame/world.ts'
import { legalWordings } from './legal/legal-wordings.ts'

export { DEMO_MERCHANT, lackOfMerchant, type Merchant, parseMerchant } from '../merchant.ts'
export type { ServiceApart } from './console/session.ts'
export type { PagesDeps, PagesSettings } from './frame/world.ts'

const pagesProblems: ProblemCatalog = {
  not_from_our_pages: {
    status: 403,
    title: {
      ko: '다른 곳에서 보낸 요청은 받지 않습니다. 화면을 다시 열고 시도해 주세요.',
      en: 'Requests sent from elsewhere are not accepted. Please open the page again.',
    },
  },
  page_of_another: {
    status: 409,
    title: {
      ko: '이 화면을 연 뒤 이 브라우저에서 다른 계정으로 로그인했거나 로그아웃했습니다. 아무것도 바꾸지 않았습니다. 화면을 다시 열어 주세요.',
      en: 'Since this page was opened somebody has logged in with another account, or logged out, in this browser. Nothing was changed. Please open the page again.',
    },
  },
  nothing_to_order: {
    status: 404,
    title: { ko: '주문할 상품이 없습니다.', en: 'There is nothing to order.' },
  },
}

/** Where browsers are sent after their return from a payment provider, in the language they were in, and whose they are. */
export function resultPagesOf(identity: PagesDeps['identity'], publicUrl: string) {
  const browser = createBrowserSession({ identity, settings: { publicUrl } })
  const local = (request: FastifyRequest, path: string) => localPath(path, browserLanguage(request))
  return {
    payment: (request: FastifyRequest, { id, returnKey }: { id: string; returnKey: string }) =>
      local(request, `/paid/${id}/${returnKey}`),
    registration: (request: FastifyRequest, { id, returnKey }: { id: string; returnKey: string }) =>
      local(request, `/registered/${id}/${returnKey}`),
    visitor: async (request: FastifyRequest) => {
      const found = await browser.identify(request)
      return typeof found === 'string' ? undefined : found
    },
    signIn: (request: FastifyRequest) =>
      local(request, `/login?${new URLSearchParams({ next: request.url })}`),
  }
}

/** The pages for shoppers. They are read when the module is prepared: until then nothing of them is loaded. */
export function createPages(deps: PagesDeps): Module {
  const { console: settings } = deps
  const keeper = settings && createConsoleKeeper(consolePlaces(settings.folder), settings.log)
  let pages: { routes: NonNullable<Module['routes']>; problemPage: ProblemPage } | undefined
  return {
    name: 'pages',
    problems: pagesProblems,
    prepare: async () => {
      await deps.identity.legal.keep(legalWordings(deps.settings.merchant))
      await import('../jsx.ts')
      const { pagesOf } = await import('./routes.tsx')
      pages = pagesOf(
        { ...deps, problems: { ...deps.problems, ...pagesProblems }, assets: readAssets() },
        keeper,
      )
    },
    start: async () => {
      if (settings?.atOnce) keeper?.start()
    },
    stop: async () => keeper?.stop(),
    routes: (app) => {
      if (!pages) throw new Error('the pages are not prepared')
      pages.routes(app)
    },
    problemPage: (request, reply, problem, refusal) =>
      asksForPage(request) ? pages?.problemPage(request, reply, problem, refusal) : undefined,
  }
}

/** Whether somebody opened an address in a browser; programs get a problem document. */
function asksForPage({ method, url, headers: { accept } }: FastifyRequest): boolean {
  return (
    method === 'GET' && (accept ?? '').includes('text/html') && !/^\/(api|internal|health)(\/|$)/.test(url)
  )
}
