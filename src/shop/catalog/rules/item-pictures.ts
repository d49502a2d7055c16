/** The merchant's pictures of an item as rules: their order, what they are said to show, and how many there may be. */
import { type Refused, refused } from '../../../platform/refusal.ts'

/** The database holds the same bound. */
export const MOST_PICTURES = 10

/** What a picture shows, in words for those who do not see it; null: the name of the item is read. */
export interface Alt {
  readonly ko: string | null
  readonly en: string | null
}

export interface ItemPicture {
  readonly id: string
  /** Of the full size, in pixels. */
  readonly width: number
  readonly height: number
  readonly alt: Alt
}

/** In the merchant's order; the first one is the main one, which lists and carts show. */
export type ItemPictures = readonly ItemPicture[]

/** Adds one as the last; one that is there already stays where it is. Refusal: too_many_pictures. */
export function withPicture(
  pictures: ItemPictures,
  { id, width, height }: Pick<ItemPicture, 'id' | 'width' | 'height'>,
): ItemPictures | Refused<'too_many_pictures'> {
  if (pictures.some((picture) => picture.id === id)) return pictures
  if (pictures.length >= MOST_PICTURES) return refused('too_many_pictures')
  return [...pictures, { id, width, height, alt: { ko: null, en: null } }]
}

/** Takes one away; one that is not there changes nothing. */
export function withoutPicture(pictures: ItemPictures, id: string): ItemPictures {
  const rest = pictures.filter((picture) => picture.id !== id)
  return rest.length === pictures.length ? pictures : rest
}

/**
 * Gives the pictures another order and other words. Refusal: pictures_changed_meanwhile, when the wish is not about
 * exactly those there are, each once: somebody has added or removed one, which would otherwise be undone.
 */
export function arranged(
  pictures: ItemPictures,
  wish: readonly { readonly id: string; readonly alt: Alt }[],
): ItemPictures | Refused<'pictures_changed_meanwhile'> {
  const known = new Map(pictures.map((picture) => [picture.id, picture]))
  const next = wish.flatMap(({ id, alt }) => {
    const picture = known.get(id)
    known.delete(id)
    return picture ? [{ ...picture, alt: { ko: wordsOf(alt.ko), en: wordsOf(alt.en) } }] : []
  })
  const isAboutAll = known.size === 0 && next.length === wish.length
  return isAboutAll ? next : refused('pictures_changed_meanwhile')
}

function wordsOf(text: string | null): string | null {
  return text?.trim() || null
}
