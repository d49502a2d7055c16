import { BOOK_SORTS, type BookQuery } from '../../../src/library/book/index.ts'
import { pageIn } from '../frame/visit.ts'

const PAGE_SIZE = 20
const LONGEST = 100

/** What of an address chooses books; nonsense is as if it were not there. */
export function bookQueryOf(address: URLSearchParams, mostListed: number): BookQuery {
  const keyword = address.get('keyword')?.trim().slice(0, LONGEST)
  const kdc = address.get('class') ?? ''
  return {
    ...(keyword ? { keyword } : {}),
    ...(/^[0-9]$/.test(kdc) ? { kdc } : {}),
    ...(address.get('available') === '1' ? { available: true } : {}),
    sort: BOOK_SORTS.find((sort) => sort === address.get('sort')) ?? 'newest',
    page: pageIn(address, Math.ceil(mostListed / PAGE_SIZE)),
    size: PAGE_SIZE,
  }
}

/** The part of an address that chooses these books; what is the default is left out. */
export function booksPickedBy({ keyword, kdc, available, sort, page }: Partial<BookQuery>): string {
  const address = new URLSearchParams()
  if (keyword) address.set('keyword', keyword)
  if (kdc) address.set('class', kdc)
  if (available) address.set('available', '1')
  if (sort && sort !== 'newest') address.set('sort', sort)
  if (page && page > 1) address.set('page', String(page))
  return address.toString()
}
