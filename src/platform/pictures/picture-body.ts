import Type from 'typebox'
import type { App } from '../http/app.ts'
import { readBytes } from '../http/input/large-bodies.ts'
import { MOST_BYTES } from './picture.ts'

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
