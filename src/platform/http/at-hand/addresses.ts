import type { Ready } from './ready.ts'

/** An address that was asked for more than once, and how to learn at once what is kept for it. */
export interface KnownAddress {
  /** As it is declared, for figures and logs. */
  readonly route: string
  /** Undefined while nothing that may be sent is kept. */
  find(): Ready | undefined
}

export interface KnownAddresses {
  get(url: string): KnownAddress | undefined
  add(url: string, known: KnownAddress): void
}

const MOST = 2_000
const LONGEST = 300

/**
 * Addresses as they came, query and all, so that those asked for again and again are not taken apart each time. Made-up
 * ones can only have the others taken apart once more.
 */
export function createKnownAddresses(): KnownAddresses {
  const known = new Map<string, KnownAddress>()
  return {
    get: (url) => known.get(url),
    add: (url, address) => {
      if (url.length > LONGEST) return
      if (known.size >= MOST) known.clear()
      known.set(url, address)
    },
  }
}
