/** Brands while they are typed: the few thousand makers are held in memory and matched there. */
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { choseongOf, isChoseongQuery, jamoOf } from '../search/korean-search.ts'

export interface Brand {
  readonly name: string
  /** Items that customers may see; at least 1. */
  readonly itemCount: number
}

export interface SearchableBrand extends Brand {
  readonly letters: string
  readonly initials: string
}

/** The legal form before or after a maker's name is not what people type: (주)종근당, 종근당 주식회사. */
const legalForm = /\((?:주|유|사|재|합|합자|농)\)|㈜|주식회사|유한회사|농업회사법인|영농조합법인/gu

/** Prepares a brand for {@link brandsStartingWith}. */
export function searchableBrand(brand: Brand): SearchableBrand {
  const bare = brand.name.replace(legalForm, ' ')
  return { ...brand, letters: jamoOf(bare), initials: choseongOf(bare) }
}

/**
 * Brands whose name begins with what was typed, half-typed blocks and initial consonants included, with or without
 * the legal form; all brands when nothing searchable was typed. Most items first, then by name.
 */
export function brandsStartingWith(brands: readonly SearchableBrand[], typed: string): Brand[] {
  const bare = typed.replace(legalForm, ' ')
  const letters = jamoOf(bare)
  const initials = isChoseongQuery(bare) ? choseongOf(bare) : undefined
  return brands
    .filter((brand) =>
      initials === undefined ? brand.letters.startsWith(letters) : brand.initials.startsWith(initials),
    )
    .toSorted((a, b) => b.itemCount - a.itemCount || (a.name < b.name ? -1 : 1))
    .map(({ name, itemCount }) => ({ name, itemCount }))
}

/** All brands with the number of their visible items. */
export async function readBrands(db: Db | Tx): Promise<SearchableBrand[]> {
  const { rows } = await sql<Brand>`
    select enterprise as name, count(*) as "itemCount" from catalog.shelf where shelf = 'ALL'
    group by enterprise`.execute(db)
  return rows.map(searchableBrand)
}
