import type { Role } from '../api/session.ts'
import type { BothWords } from '../words/language.ts'

/** By whose work the navigation is ordered. */
export type Job = 'today' | 'selling' | 'money' | 'library' | 'system'

/** A place in the navigation. */
export interface Room {
  /** Its address below /console; pages of the room begin with it. */
  readonly path: string
  readonly job: Job
  /** Who finds it there. What they may do inside, the API decides. */
  readonly roles: readonly Role[]
  readonly title: BothWords<string>
}

export function mayEnter(room: Room, roles: readonly string[]): boolean {
  return room.roles.some((role) => roles.includes(role))
}

/** The room an address belongs to. */
export function roomOf(rooms: readonly Room[], path: string): Room | undefined {
  const inside = ({ path: begin }: Room) => path === begin || path.startsWith(`${begin}/`)
  return rooms.filter(inside).toSorted((a, b) => b.path.length - a.path.length)[0]
}
