import type { RegistrationView } from './views.ts'

/** What customers who registered a method have been told: it must still be true after any crash. */
export interface Seen {
  /** Registrations answered for each Idempotency-Key: never more than one. */
  keys: Map<string, Set<string>>
  /** States seen of each registration. */
  states: Map<string, Set<string>>
  /** Methods whose removal was asked for, and those of which it was acknowledged. */
  removing: Set<string>
  removed: Set<string>
}

export function nothingSeen(): Seen {
  return { keys: new Map(), states: new Map(), removing: new Set(), removed: new Set() }
}

/** Notes a registration from a 2xx answer; with the key of the request when it was begun. */
export function noteRegistration(seen: Seen, { id, state }: RegistrationView, key?: string): void {
  add(seen.states, id, state)
  if (key !== undefined) add(seen.keys, key, id)
}

function add(map: Map<string, Set<string>>, name: string, value: string): void {
  map.set(name, (map.get(name) ?? new Set()).add(value))
}
