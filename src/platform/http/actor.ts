import { type Refused, refused } from '../refusal.ts'

export const ROLES = ['customer', 'librarian', 'merchant', 'admin', 'service'] as const
export type Role = (typeof ROLES)[number]

/** Who makes a request, as proved by the access token. */
export interface Actor {
  userId: string
  roles: readonly Role[]
  /** The login (refresh token family) the token belongs to. */
  sessionId: string
}

/**
 * Who may call a route. Every route must state one; the server does not start otherwise.
 * 'anyone' needs no token and is never asked for one; a 'visitor' may send one, which must then be valid and tells who
 * it is; 'signed-in' needs any valid one, a list of roles at least one of them. A service is nobody who could sign in
 * or visit: only routes that name its role are for it.
 */
export type Audience = 'anyone' | 'visitor' | 'signed-in' | readonly Role[]

/** Whether somebody, or nobody who is signed in, belongs to the audience of a route. */
export function mayCall(audience: Audience, actor: Actor | undefined): boolean {
  if (audience === 'anyone') return true
  if (!actor) return audience === 'visitor'
  if (audience === 'visitor' || audience === 'signed-in') return !actor.roles.includes('service')
  return audience.some((role) => actor.roles.includes(role))
}

/**
 * The one ownership check: the resource, if it is the actor's own (or the actor has one of the roles that may see
 * everybody's). Somebody else's resource is answered like one that does not exist.
 */
export function owned<T extends { ownerId: string }>(
  actor: Actor,
  resource: T | undefined,
  orRoles: readonly Role[] = [],
): T | Refused<'not_found'> {
  if (!resource) return refused('not_found')
  if (resource.ownerId === actor.userId) return resource
  return orRoles.some((role) => actor.roles.includes(role)) ? resource : refused('not_found')
}
