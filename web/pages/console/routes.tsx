import { renderToStaticMarkup } from 'react-dom/server'
import Type from 'typebox'
import { type App, actorOf } from '../../../src/platform/http/app.ts'
import { takesGzip } from '../../../src/platform/http/headers.ts'
import { refused } from '../../../src/platform/refusal.ts'
import { type Language, words } from '../../words/index.ts'
import { type BrowserSession, isFromOurPages } from '../frame/browser.ts'
import { pageOfProblems } from '../frame/site.tsx'
import { browserLanguage } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'
import type { BuiltConsole } from './built.ts'
import type { ConsoleKeeper } from './obtain.ts'
import type { ConsoleSession } from './session.ts'

/** Who works here. What each of them may do, the operations of the API decide. */
const STAFF = ['merchant', 'librarian', 'admin'] as const

const FOR_EVER = 'public, max-age=31536000, immutable'
const AGAIN_SECONDS = 1

/** Nothing inline, nothing from elsewhere, no text that becomes HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

interface ConsoleParts {
  world: World
  keeper: ConsoleKeeper
  identify: BrowserSession['identify']
}

/** The operator console: one page for all of its addresses, its files, and the token by which it calls the API. */
export function consoleRoutes(app: App, { world, keeper, identify }: ConsoleParts): void {
  const problemPage = pageOfProblems(world)
  const icon = world.assets.href('icon.svg')
  for (const url of ['/console', '/console/*']) {
    app.route({
      method: 'GET',
      url,
      config: { audience: STAFF, identify, problemPage },
      schema: { hide: true },
      handler: async (request, reply) => {
        if (world.console?.developing) keeper.refresh()

        const state = keeper.state()
        const language = browserLanguage(request)
        reply
          .header('cache-control', 'no-store')
          .header('content-security-policy', POLICY)
          .header('referrer-policy', 'same-origin')
          .type('text/html; charset=utf-8')
        if (state.kind === 'built') return shellOf(state.console, language, icon)
        if (state.kind === 'being_built') reply.header('retry-after', AGAIN_SECONDS)
        const reason = state.kind === 'failed' ? state.reason : undefined
        return reply
          .code(503)
          .send(waitingPage(language, { icon, style: world.assets.href('shop.css') }, reason))
      },
    })
  }
  app.route({
    method: 'GET',
    url: '/console/assets/:name',
    config: { audience: 'anyone' },
    schema: { hide: true, params: Type.Object({ name: Type.String({ maxLength: 100 }) }) },
    handler: async (request, reply) => {
      const state = keeper.state()
      const asset = state.kind === 'built' ? state.console.assets.get(request.params.name) : undefined
      if (!asset) return reply.refuse(refused('not_found'))
      reply.type(asset.type).header('cache-control', FOR_EVER).header('vary', 'accept-encoding')
      if (!takesGzip(request.headers['accept-encoding'])) return reply.send(asset.body)
      return reply.header('content-encoding', 'gzip').send(asset.gzip)
    },
  })
  app.route({
    method: 'POST',
    url: '/console/session',
    // Not a list of roles: that would be a deed to be written down, every half an hour.
    config: { audience: 'signed-in', identify },
    schema: { hide: true },
    handler: async (request, reply) => {
      const actor = actorOf(request)
      if (!isFromOurPages(request)) return reply.refuse(refused('not_from_our_pages'))
      if (!STAFF.some((role) => actor.roles.includes(role))) return reply.refuse(refused('not_allowed'))
      const [token, profile] = await Promise.all([
        world.identity.accounts.accessToken(actor),
        world.identity.profileOf(actor.userId),
      ])
      const session: ConsoleSession = {
        ...token,
        user: { id: actor.userId, name: profile?.displayName ?? '', roles: actor.roles },
        hasLibrary: world.library() !== undefined,
        apart: world.console?.apart ?? [],
      }
      return session
    },
  })
}

function shellOf({ entry, styles, preloads }: BuiltConsole, language: Language, icon: string): string {
  const { console: said, shop } = words[language]
  return document(
    <html lang={language}>
      <head>
        <Head title={`${said.title} · ${shop}`} icon={icon} />
        {styles.map((href) => (
          <link key={href} rel="stylesheet" href={href} />
        ))}
        {preloads.map((href) => (
          <link key={href} rel="modulepreload" href={href} />
        ))}
        <script type="module" src={entry} />
      </head>
      <body>
        <div id="console">
          <noscript>{said.needsScript}</noscript>
        </div>
      </body>
    </html>,
  )
}

/** Opened again by itself until it is there; a failure stays and says why. */
function waitingPage(
  language: Language,
  { icon, style }: { icon: string; style: string },
  reason: string | undefined,
): string {
  const { console: said } = words[language]
  return document(
    <html lang={language}>
      <head>
        <Head title={said.title} icon={icon} />
        <link rel="stylesheet" href={style} />
        {reason === undefined && <meta httpEquiv="refresh" content={String(AGAIN_SECONDS)} />}
      </head>
      <body>
        <main className="narrow centre">
          <h1>{reason === undefined ? said.beingPrepared : said.notBuilt}</h1>
          {reason === undefined ? <p role="status">{said.beingPreparedText}</p> : <pre>{reason}</pre>}
          <p>{said.restGoesOn}</p>
        </main>
      </body>
    </html>,
  )
}

function Head({ title, icon }: { title: string; icon: string }) {
  return (
    <>
      <meta charSet="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="robots" content="noindex" />
      <title>{title}</title>
      <link rel="icon" href={icon} type="image/svg+xml" />
    </>
  )
}

const document = (html: React.ReactElement) => `<!doctype html>${renderToStaticMarkup(html)}`
