import type { FastifyReply, FastifyRequest } from 'fastify'
import { BROWSER_LIFE } from '../../../src/identity/index.ts'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { cookieOf } from './visit.ts'
import type { World } from './world.ts'

/** The session of a browser: an opaque secret in a cookie that scripts and other sites cannot use. */
export interface BrowserSession {
  identify(request: FastifyRequest): Promise<Actor | 'expired' | 'invalid'>
  open(reply: FastifyReply, secret: string): void
  close(reply: FastifyReply): void
  /** Keeps something for so many seconds where only this browser finds it, and no script. */
  keep(reply: FastifyReply, name: KeptName, value: string, seconds: number): void
  kept(request: FastifyRequest, name: KeptName): string | undefined
  forget(reply: FastifyReply, name: KeptName): void
  /** Remembers the language for the return from a payment provider. */
  rememberLanguage(reply: FastifyReply, language: 'ko' | 'en'): void
}

/** A login on its way to a provider and back, and the ticket for signing up after it. */
type KeptName = 'login-flow' | 'sign-up-ticket'

const SECONDS = BROWSER_LIFE.hours * 60 * 60

/** Signed-in browsers: a cookie that holds the secret of a session. */
export function createBrowserSession({
  identity,
  settings,
}: Pick<World, 'identity'> & { settings: Pick<World['settings'], 'publicUrl'> }): BrowserSession {
  const isSecure = settings.publicUrl.startsWith('https:')
  // The prefix binds the cookie to this host and to https; without https browsers would refuse it.
  const name = isSecure ? '__Host-session' : 'session'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  const prefixed = (kept: KeptName) => (isSecure ? `__Host-${kept}` : kept)
  return {
    keep: (reply, kept, value, seconds) =>
      void reply.header('set-cookie', `${prefixed(kept)}=${value}; ${attributes}; Max-Age=${seconds}`),
    kept: (request, kept) => cookieOf(request, prefixed(kept)),
    forget: (reply, kept) => void reply.header('set-cookie', `${prefixed(kept)}=; ${attributes}; Max-Age=0`),
    identify: async (request) => {
      const secret = cookieOf(request, name)
      return secret === undefined || !/^[\w-]{43}$/.test(secret)
        ? 'invalid'
        : identity.accounts.recognise(secret)
    },
    open: (reply, secret) =>
      void reply.header('set-cookie', `${name}=${secret}; ${attributes}; Max-Age=${SECONDS}`),
    close: (reply) => void reply.header('set-cookie', `${name}=; ${attributes}; Max-Age=0`),
    rememberLanguage: (reply, language) =>
      void reply.header('set-cookie', `language=${language}; ${attributes}; Max-Age=${SECONDS}`),
  }
}

/**
 * Whether a write comes from a page of ours. Browsers say where a request comes from, and no other site can make them
 * say something else; a request that says nothing of the kind is not from a browser of today.
 */
export function isFromOurPages(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin } = request.headers
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host
}
