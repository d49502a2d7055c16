import Type, { type Static } from 'typebox'
import { addressOf, WIDTHS } from '../../platform/pictures/picture.ts'

/** A picture as the API shows it. */
export const PictureSchema = Type.Object({
  id: Type.String({ description: 'Made of its content' }),
  address: Type.String({
    description:
      'In full size; it never shows anything else. Nothing is there while the review it belongs to is hidden',
  }),
  sizes: Type.Array(Type.Object({ width: Type.Integer({ description: 'Pixels' }), address: Type.String() })),
})
export type PictureJson = Static<typeof PictureSchema>

/** A picture by its id. */
export function pictureJson(id: string): PictureJson {
  return {
    id,
    address: addressOf(id, 'full'),
    sizes: WIDTHS.map((width) => ({ width, address: addressOf(id, width) })),
  }
}

/** An id as it comes in. */
export const PictureId = Type.String({ pattern: '^[0-9a-f]{32}$', maxLength: 32 })
