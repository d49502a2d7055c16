import type { Actor } from '../../../platform/http/actor.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'

/** Roles of those who work at the desk and may act for patrons. */
export const DESK = ['librarian', 'admin'] as const

/** Whether they work at the desk. */
export function isLibrarian(actor: Actor): boolean {
  return DESK.some((role) => actor.roles.includes(role))
}

/**
 * What a librarian decides about fees, loans and standing of a patron they never decide about their own: another
 * librarian does. @returns the refusal own_account when they are that patron
 */
export function refuseOwn(librarianId: string, patronId: string): Refused<'own_account'> | undefined {
  return librarianId === patronId ? refused('own_account') : undefined
}
