import { gzipSync } from 'node:zlib'
import { type Ready, readyOf, tagOf } from '../../../src/platform/http/at-hand/ready.ts'

/** Pages that are the same for everybody, kept as the bytes that are sent. */
export interface Keeper {
  /**
   * The page of an address, if it is kept and what it is made of is still the same.
   * @param tag entity tag of what the page is made of; undefined: not known at the moment
   */
  find(address: string, tag: string | undefined): Ready | undefined
  keep(address: string, tag: string, html: string): Ready
}

interface Kept {
  readonly tag: string
  readonly page: Ready
}

/** About 8 kB each. */
const MOST_PAGES = 2_000

/**
 * Finished pages of this process, compressed once; those not asked for longest give way.
 * @param common headers of all of them
 */
export function createKeeper(common: Readonly<Record<string, string>>): Keeper {
  const kept = new Map<string, Kept>()
  return {
    find: (address, tag) => {
      const known = kept.get(address)
      if (known === undefined || known.tag !== tag) return undefined
      kept.delete(address)
      kept.set(address, known)
      return known.page
    },
    keep: (address, tag, html) => {
      const page = readyOf(
        { etag: tagOf(html), type: 'text/html; charset=utf-8', bytes: gzipSync(html), isPacked: true },
        { ...common, vary: 'accept-encoding' },
      )
      kept.delete(address)
      kept.set(address, { tag, page })
      const [oldest] = kept.size > MOST_PAGES ? kept.keys() : []
      if (oldest !== undefined) kept.delete(oldest)
      return page
    },
  }
}
