import type { Fleet } from '../../crash/library/fleet.ts'

/** One way in which a part of the library is away. */
export interface Outage {
  name: string
  /** Takes the part away for so long, in milliseconds; resolves when it has been started again. */
  happen(fleet: Fleet, forMs: number): Promise<void>
}

const away = (name: string, victim: string): Outage => ({
  name,
  happen: (fleet, forMs) => fleet.kill(victim, forMs),
})

/** In the order of the columns of the table that says what still works. */
export const OUTAGES: readonly Outage[] = [
  { name: 'nothing', happen: (_fleet, forMs) => new Promise((over) => setTimeout(over, forMs)) },
  away('search', 'book'),
  {
    name: 'catalogue',
    happen: async (fleet, forMs) => {
      await Promise.all([fleet.kill('book', forMs), fleet.kill('book-worker', forMs)])
    },
  },
  { name: 'catalogue hangs', happen: (fleet, forMs) => fleet.freeze('book', forMs) },
  away('its database', 'book database'),
  away('dashboard', 'dashboard'),
  away('broker', 'broker'),
  away('accounts', 'identity'),
  away('lending', 'borrow'),
]
