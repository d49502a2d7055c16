import type { FastifyReply } from 'fastify'
import { newId } from '../../../src/platform/ids.ts'
import type { CartOwner } from '../../../src/shop/cart/index.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'

/**
 * Whose cart a visit is about. A visitor gets the cookie with the first look, so that two tabs that both add something
 * first add it to the same cart; nothing is stored for a look.
 */
export async function cartOwnerOf(
  { browser, world }: Site,
  { request, reply }: Visit & { readonly reply: FastifyReply },
): Promise<CartOwner> {
  const actor = await browser.identify(request)
  if (typeof actor === 'object') return { kind: 'customer', id: actor.userId }
  const { cookies } = world.cart
  const id = cookies.read(request.headers.cookie) ?? newId()
  reply.header('set-cookie', cookies.keep(id))
  return { kind: 'visitor', id }
}

/** How many lines somebody's cart has. Who has no cart yet is given none, and no cookie. */
export async function linesInCart({ browser, world }: Site, { request }: Visit): Promise<number> {
  const actor = await browser.identify(request)
  if (typeof actor === 'object') return world.cart.count({ kind: 'customer', id: actor.userId })
  const id = world.cart.cookies.read(request.headers.cookie)
  return id === undefined ? 0 : world.cart.count({ kind: 'visitor', id })
}
