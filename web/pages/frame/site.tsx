import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { type App, actorOf } from '../../../src/platform/http/app.ts'
import { type AtHand, sendReady } from '../../../src/platform/http/at-hand/ready.ts'
import {
  type FormLimits,
  mostBytesOfForm,
  readFormsWithFiles,
} from '../../../src/platform/http/input/form-with-files.ts'
import type { Lane } from '../../../src/platform/http/limits/lane.ts'
import type { ProblemPage } from '../../../src/platform/http/problem.ts'
import { type Refused, refused, type Text } from '../../../src/platform/refusal.ts'
import { holdBack } from '../maintenance/hold-back.ts'
import type { PageAnswer, Shown } from './answer.ts'
import { type BrowserSession, createBrowserSession, isFromOurPages } from './browser.ts'
import { htmlOf } from './document.tsx'
import { createKeeper } from './keep.ts'
import { nearestPage } from './nearest-page.ts'
import { problemPageOf } from './problem-page.tsx'
import { FORM_WAITING, localPath, type Visit, visitOf } from './visit.ts'
import { isMarked, isOfAnother, withoutMark } from './whose.ts'
import type { World } from './world.ts'

/** A page the same for everybody: made only when what it is made of has changed. */
interface KeptPage {
  readonly kind: 'kept'
  /** Entity tag of what it is made of. */
  readonly tag: string
  make(): Shown
}

/** A page that is the same for everybody as long as its tag is. */
export function kept(tag: string, make: () => Shown): KeptPage {
  return { kind: 'kept', tag, make }
}

/** What of its address a page for everybody reads. */
interface Reading {
  /**
   * What of a query the page reads, in one spelling; by default nothing. The rest is as if it were not there, so that no
   * invented query makes another page to keep.
   */
  read?(query: URLSearchParams): string
  /**
   * Prepares looking for the tag of a query without asking anybody: undefined while that is not kept in memory. Such a
   * page is sent at once, without waiting for its turn. Undefined for what is never kept.
   */
  tagNow?(query: URLSearchParams): (() => string | undefined) | undefined
}

type Params = Readonly<Record<string, string>>
type Answering<A> = (
  visit: Visit & { readonly params: Params; readonly reply: FastifyReply },
  actor: A,
) => Promise<PageAnswer | Refused> | PageAnswer | Refused

/** How pages are added to the site: each in both languages, each for somebody. */
export interface Site {
  readonly world: World
  readonly browser: BrowserSession
  /**
   * A page for everybody that says nothing of who looks at it.
   */
  open(
    path: string,
    answer: (visit: Visit & { params: Params }) => Promise<PageAnswer | KeptPage | Refused>,
    about?: Reading,
  ): void
  /** A page or form for anybody; nothing of its answer is kept. */
  personal(method: 'GET' | 'POST', path: string, answer: Answering<undefined>): void
  /** A page or form for those who are signed in; others are asked to. */
  signedIn(method: 'GET' | 'POST', path: string, answer: Answering<Actor>): void
  /** A form with files for those who are signed in. */
  withFiles(path: string, limits: FormLimits, answer: Answering<Actor>): void
  /** An answer that goes on, for those who are signed in; it has no language. */
  stream(path: string, answer: (request: FastifyRequest, reply: FastifyReply, actor: Actor) => void): void
  /** A small fact for a script of ours, about whoever looks; nothing of it is kept. */
  fact(path: string, answer: (visit: Visit) => Promise<Readonly<Record<string, number>>>): void
  /** What a refusal says, in the language of the visit. */
  saying(visit: Visit, refusal: Refused): string
}

/** A form with the longest texts fits many times. */
const FORM_LIMIT_BYTES = 64 * 1024
/**
 * Our own pages learn where somebody comes from, others nothing. Without a referrer browsers would send forms with
 * `Origin: null`, which is how forms from elsewhere look.
 */
const WITHIN = 'same-origin'

/** Prepares a scope of the server for pages: forms are read, writes from elsewhere refused, errors shown as pages. */
export function createSite(app: App, world: World): Site {
  const browser = createBrowserSession(world)
  const policies = contentPolicies(world)
  const keeper = createKeeper({ 'content-security-policy': policies.usual, 'referrer-policy': WITHIN })
  const problemPage = pageOfProblems(world)

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  )
  app.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'POST' || isFromOurPages(request)) return done()
    reply.refuse(refused('not_from_our_pages'))
  })

  const send = (visit: Visit, reply: FastifyReply, answer: PageAnswer | Refused, reader?: Actor) => {
    reply.header('cache-control', 'no-store')
    if (answer.kind === 'refused') return reply.refuse(answer)
    if (answer.kind === 'to') {
      const { path, language = visit.language } = answer
      return reply.redirect(path.startsWith('/') ? localPath(path, language) : path, 303)
    }
    reply.header('content-security-policy', answer.leadsToProvider ? policies.provider : policies.usual)
    if (!answer.isAddressSecret) reply.header('referrer-policy', WITHIN)
    return reply
      .code(answer.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(htmlOf(world, visit, reader ? { ...answer, reader } : answer))
  }
  const route = (
    method: 'GET' | 'POST',
    path: string,
    audience: 'anyone' | 'signed-in',
    handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
    {
      lane,
      atHand,
      scope = app,
      bodyLimit = FORM_LIMIT_BYTES,
    }: { lane?: Lane; atHand?: Glance; scope?: App; bodyLimit?: number } = {},
  ) => {
    for (const url of [path, path === '/' ? '/en' : `/en${path}`]) {
      scope.route({
        method,
        url,
        bodyLimit,
        config: {
          audience,
          problemPage,
          ...(lane === undefined ? {} : { lane }),
          ...(atHand === undefined ? {} : { atHand }),
          identify: browser.identify,
        },
        schema: { hide: true },
        handler:
          method === 'GET'
            ? handler
            : async (request, reply) => {
                const refusal = await holdBack(world, browser, path, request)
                return refusal ? reply.refuse(refusal) : handler(request, reply)
              },
      })
    }
  }
  /** What a kept page is made of, and what stands above it of maintenance. */
  const withNotice = (tag: string) => `${tag} ${world.maintenance.now()?.tag ?? ''}`
  const foundNow = (address: string, tag: string | undefined) =>
    tag === undefined ? undefined : keeper.find(address, withNotice(tag))
  const answering = (answer: Answering<Actor>) => async (request: FastifyRequest, reply: FastifyReply) => {
    const [visit, actor] = [visitOf(request), actorOf(request)]
    if (isOfAnother(visit.form, actor)) return send(visit, reply, refused('page_of_another'))
    const form = withoutMark(visit.form)
    return send(
      visit,
      reply,
      await answer({ ...visit, form, params: paramsOf(request), reply }, actor),
      actor,
    )
  }
  /** A page for anybody, on which a form said whose it is, may be somebody else's by now, or nobody's. */
  const refuseOthersPage = async ({ form, request }: Visit) => {
    if (!isMarked(form)) return undefined
    const found = await browser.identify(request)
    if (typeof found !== 'object') return refused('not_signed_in')
    return isOfAnother(form, found) ? refused('page_of_another') : undefined
  }
  return {
    world,
    browser,
    open: (path, answer, { read = () => '', tagNow } = {}) => {
      const pageOf = (whole: Visit) => {
        const visit = { ...whole, query: new URLSearchParams(read(whole.query)) }
        return { visit, address: `${visit.language} ${visit.path}?${visit.query}` }
      }
      const handler = async (request: FastifyRequest, reply: FastifyReply) => {
        const { visit, address } = pageOf(visitOf(request))
        const result = await answer({ ...visit, params: paramsOf(request) })
        if (result.kind !== 'kept') return send(visit, reply, result)
        const tag = withNotice(result.tag)
        const page =
          keeper.find(address, tag) ?? keeper.keep(address, tag, htmlOf(world, visit, result.make()))
        return sendReady(request, reply, page)
      }
      const atHand =
        tagNow &&
        ((request: FastifyRequest) => {
          const { visit, address } = pageOf(visitOf(request))
          const tag = tagNow(visit.query)
          return tag && { of: address, find: () => foundNow(address, tag()) }
        })
      route('GET', path, 'anyone', handler, { lane: 'browsing', ...(atHand ? { atHand } : {}) })
    },
    personal: (method, path, answer) =>
      route(method, path, 'anyone', async (request, reply) => {
        const visit = visitOf(request)
        const others = await refuseOthersPage(visit)
        if (others) return send(visit, reply, others)
        const form = withoutMark(visit.form)
        return send(
          visit,
          reply,
          await answer({ ...visit, form, params: paramsOf(request), reply }, undefined),
        )
      }),
    signedIn: (method, path, answer) => route(method, path, 'signed-in', answering(answer)),
    withFiles: (path, limits, answer) =>
      // A room of its own: only here a form may bring files.
      void app.register(async (scope: App) => {
        readFormsWithFiles(scope, limits)
        const bodyLimit = mostBytesOfForm(limits)
        route('POST', path, 'signed-in', answering(answer), { scope, bodyLimit })
      }),
    stream: (path, answer) =>
      void app.route({
        method: 'GET',
        url: path,
        config: { audience: 'signed-in', identify: browser.identify },
        schema: { hide: true },
        handler: (request, reply) => answer(request, reply, actorOf(request)),
      }),
    fact: (path, answer) =>
      void app.route({
        method: 'GET',
        url: path,
        config: { audience: 'anyone' },
        schema: { hide: true },
        handler: async (request, reply) => {
          reply.header('cache-control', 'no-store')
          return answer(visitOf(request))
        },
      }),
    saying: (visit, refusal) => sayingOf(world, visit, refusal),
  }
}

type Glance = (request: FastifyRequest) => AtHand | undefined

function paramsOf(request: FastifyRequest): Params {
  const { params } = request
  if (typeof params !== 'object' || params === null) return {}
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
}

/** What a refusal says: for this one case where it says more, else for its code. */
function sayingOf({ problems }: World, visit: Visit, refusal: Refused): string {
  const { tooMany, refused: unknown } = visit.words.errors
  if (refusal.code === 'too_many_requests') return tooMany(Math.ceil(refusal.retryAfterSeconds ?? 60))
  const title: Text | undefined = refusal.detail ?? problems[refusal.code]?.title
  return title ? visit.say(title) : unknown
}

/**
 * Nothing from elsewhere, nothing inline. Pages with a form that ends at a provider of payments or logins let forms go there:
 * browsers look at the whole chain of redirects.
 */
function contentPolicies({ settings }: World): { usual: string; provider: string } {
  const policy = (targets: readonly string[]) =>
    [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      `form-action ${["'self'", ...targets].join(' ')}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; ')
  return { usual: policy([]), provider: policy(['https:', ...settings.providerOrigins]) }
}

/** Refusals and failures of pages, as pages. Who is not signed in is asked to, and comes back afterwards. */
export function pageOfProblems(world: World): ProblemPage {
  const policies = contentPolicies(world)
  return (request, reply, { status }, refusal) => {
    const visit = visitOf(request)
    if (status === 401) {
      const back =
        request.method === 'GET' ? { next: request.url } : { next: pageOfForm(visit), [FORM_WAITING]: '1' }
      return { to: `${visit.to('/login')}?${new URLSearchParams(back)}` }
    }
    const page = problemPageOf(visit, {
      status,
      code: refusal.code,
      id: request.id,
      saying: sayingOf(world, visit, refusal),
    })
    reply
      .header('cache-control', 'no-store')
      .header('content-security-policy', page.leadsToProvider ? policies.provider : policies.usual)
      .type('text/html; charset=utf-8')
    if (request.method === 'POST') reply.header('referrer-policy', WITHIN)
    return htmlOf(world, visit, page)
  }
}

/** The page a form was sent from, as an address of ours. The answer to a form may stand where nothing can be opened. */
function pageOfForm(visit: Visit): string {
  const { request } = visit
  const { referer } = request.headers
  if (referer === undefined || !URL.canParse(referer)) return '/'
  const { host, pathname, search } = new URL(referer)
  if (host !== request.host) return '/'
  const isAnswer = `${pathname}${search}` === request.url
  return isAnswer ? visit.to(nearestPage(visit)) : `${pathname}${search}`
}
