import type { ServiceApart } from '../../pages/console/session.ts'

/** What a query says of the events it lives by. */
export interface News extends Record<string, unknown> {
  /** What types of events begin with after which the query is asked again: `shop.order.`. */
  readonly live?: readonly string[]
  /** The service that it asks, where it asks one for what is its own. */
  readonly at?: ServiceApart | undefined
}

/** Who tells of what, where services run apart; everything else the shop tells. */
const TELLERS = [
  ['identity.', 'identity'],
  ['library.book.', 'book'],
  ['library.hold.', 'book'],
  ['library.stock.', 'book'],
  ['library.loan.', 'borrow'],
] as const satisfies readonly (readonly [string, ServiceApart])[]

function placeOf(prefix: string, { at }: News, apart: readonly ServiceApart[]): ServiceApart | undefined {
  if (at !== undefined) return at
  const teller = TELLERS.find(([begin]) => prefix.startsWith(begin))?.[1]
  return teller !== undefined && apart.includes(teller) ? teller : undefined
}

/**
 * Whose changes have to be followed for what is on the screen; those of the shop always are, so that there is something
 * to say of the connection. @param apart services in processes of their own
 */
export function placesOf(
  shown: readonly News[],
  apart: readonly ServiceApart[],
): ReadonlySet<ServiceApart | undefined> {
  return new Set([
    undefined,
    ...shown.flatMap((news) => (news.live ?? []).map((prefix) => placeOf(prefix, news, apart))),
  ])
}

/** Whether a query is to be asked again after events of these types at a place; without types: after a gap there. */
export function isHeardAt(
  news: News,
  place: ServiceApart | undefined,
  apart: readonly ServiceApart[],
  types?: readonly string[],
): boolean {
  return (news.live ?? []).some(
    (prefix) =>
      placeOf(prefix, news, apart) === place &&
      (types === undefined || types.some((type) => type.startsWith(prefix))),
  )
}
