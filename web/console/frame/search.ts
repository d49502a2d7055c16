/**
 * The part of an address after `?`: filters, sort and page of a list, so that every view can be sent to a colleague and
 * found again by going back. All values are texts, as people would write them.
 */
export type Search = Readonly<Record<string, string | undefined>>

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).flatMap(([name, value]) =>
    typeof value === 'string' && value !== '' ? [[name, value]] : [],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

/** `validateSearch` of a route whose page reads these fields; others are left out. */
export function searchOf<const F extends string>(...fields: readonly F[]) {
  return (given: Record<string, unknown>): { [K in F]?: string | undefined } => {
    const kept: { [K in F]?: string | undefined } = {}
    for (const field of fields) {
      const value = given[field]
      if (typeof value === 'string' && value !== '') kept[field] = value
    }
    return kept
  }
}

/** The fields of every list, and those of its filters. */
export function listSearch<const F extends string = never>(...filters: readonly F[]) {
  return searchOf<F | 'page' | 'after' | 'size' | 'sort'>('page', 'after', 'size', 'sort', ...filters)
}
