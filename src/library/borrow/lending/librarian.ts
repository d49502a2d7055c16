import type { Actor } from '../../../platform/http/actor.ts'

/** Roles of those who work at the desk and may act for patrons. */
export const DESK = ['librarian', 'admin'] as const

/** Whether they work at the desk. */
export function isLibrarian(actor: Actor): boolean {
  return DESK.some((role) => actor.roles.includes(role))
}
