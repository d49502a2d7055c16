import type { FastifyReply } from 'fastify'
import type { Accounts } from '../../../src/identity/index.ts'
import type { Language } from '../../words/index.ts'
import { type PageAnswer, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'

type SignedIn = Exclude<Awaited<ReturnType<Accounts['login']>>, { kind: 'refused' }>

/**
 * After every login: ends the session the browser had, opens its new one, makes the browser known, and brings over the cart it filled as a
 * visitor's. What the customer's cart has no place for stays in the visitor's cart, and its cookie with it.
 */
export async function signIn(
  { browser, world: { cart, identity } }: Site,
  { request, reply }: Visit & { readonly reply: FastifyReply },
  { secret, knownDevice }: SignedIn,
  next: string,
  language?: Language,
): Promise<PageAnswer> {
  const visitorCartId = cart.cookies.read(request.headers.cookie)
  const actor = visitorCartId === undefined ? undefined : await identity.accounts.recognise(secret)
  if (visitorCartId !== undefined && typeof actor === 'object') {
    const { left } = await cart.merge({ customerId: actor.userId, visitorCartId })
    if (left === 0) reply.header('set-cookie', cart.cookies.forget())
  }
  // Who was signed in here before is so no longer: the cookie of theirs is overwritten, and must not go on elsewhere.
  const former = await browser.identify(request)
  if (typeof former === 'object') await identity.accounts.logout(former)
  browser.open(reply, secret)
  reply.header('set-cookie', knownDevice)
  return to(next, language)
}
