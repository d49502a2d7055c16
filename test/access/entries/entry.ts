import type { Ask } from '../../support/api.ts'
import type { Caller, World } from '../world.ts'

/** How one operation is called by somebody who may, and whose the thing is that it is about. */
export interface Entry {
  /** Status of a caller who may. */
  ok: number
  /** The thing belongs to the owner: everybody else gets 404, or what is stated, except these roles. */
  owned?: { also: readonly string[]; otherwise?: number }
  /** The call ends a session or account: every caller brings a new one. */
  ends?: true
  /** A call that works, on something nobody has used yet. */
  ask(world: World, caller: Caller): Promise<{ path: string; ask?: Ask }>
}

/** What anybody may read without anything. */
export const get = (path: string): Entry => ({ ok: 200, ask: async () => ({ path }) })
/** Who decide about other people’s orders and money. */
export const OPERATORS = ['merchant', 'admin']
/** What they write down of why. */
export const EVIDENCE = '판매자 콘솔에서 확인함'
