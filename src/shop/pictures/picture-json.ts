import Type, { type Static } from 'typebox'
import type { App } from '../../platform/http/app.ts'
import { readBytes } from '../../platform/http/input/large-bodies.ts'
import { addressOf, MOST_BYTES, WIDTHS } from './picture.ts'

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

const Bytes = Type.Unsafe<Buffer>({ description: 'The file as it is' })

/** What a route that takes a picture states: its body is the file itself. */
export const PICTURE_BODY = {
  bodyLimit: MOST_BYTES,
  body: {
    content: {
      'image/jpeg': { schema: Bytes },
      'image/png': { schema: Bytes },
      'image/webp': { schema: Bytes },
      'image/avif': { schema: Bytes },
    },
  },
} as const

/** Makes a scope whose routes take pictures as bodies. What they are is told by the bytes, so every type is read. */
export function readPictures(scope: App): void {
  readBytes(scope, /^(image\/[\w.+-]+|application\/octet-stream)$/)
}
