import { createHash } from 'node:crypto'
import type { Sharp } from 'sharp'
import { type Refused, refused } from '../refusal.ts'
import {
  checkMeasures,
  FULL_SIDE,
  fileOf,
  kindOf,
  MOST_BYTES,
  MOST_PIXELS,
  type Picture,
  refuseKind,
  WIDTHS,
} from './picture.ts'

/** A picture, ready to be kept. */
export interface Made {
  readonly kind: 'made'
  readonly picture: Picture
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[]
}

type MakeRefusal =
  | 'picture_kind_refused'
  | 'picture_unreadable'
  | 'picture_animated'
  | 'picture_too_large'
  | 'picture_too_small'

/** Of the full size, from which later ones may be made; and of what is sent to pages. */
const QUALITY = { full: 88, shown: 80 } as const
/** Between the seconds that the best takes and the size that the quickest leaves. */
const EFFORT = 4

type Library = typeof import('sharp').default
let library: Promise<Library> | undefined

/** Loaded with the first picture: a process that takes none pays nothing for it. */
function sharp(): Promise<Library> {
  library ??= import('sharp').then(({ default: loaded }) => {
    // One core is left for pages, and nothing of a picture is kept in memory.
    loaded.concurrency(1)
    loaded.cache(false)
    // The decoders of what is taken, and no others, whatever a file says it is.
    loaded.block({ operation: ['VipsForeignLoad'] })
    loaded.unblock({
      operation: [
        'VipsForeignLoadJpegBuffer',
        'VipsForeignLoadPngBuffer',
        'VipsForeignLoadWebpBuffer',
        'VipsForeignLoadHeifBuffer',
      ],
    })
    return loaded
  })
  return library
}

/**
 * Decodes what was sent, turns it as its camera says, and writes it anew in every size as WebP. Nothing else of the file
 * comes along: no place, no camera, no words, no bytes behind the end. Refusals: picture_kind_refused,
 * picture_unreadable (damaged or cut off), picture_animated, picture_too_large, picture_too_small.
 */
export async function makeFiles(bytes: Buffer): Promise<Made | Refused<MakeRefusal>> {
  if (bytes.length > MOST_BYTES) return refused('picture_too_large')
  const refusal = refuseKind(kindOf(bytes))
  if (refusal) return refusal
  const make = await sharp()
  const source = { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true } as const
  const measures = await make(bytes, { ...source, limitInputPixels: false, pages: -1 })
    .metadata()
    .catch(() => undefined)
  if (!measures) return refused('picture_unreadable')
  const { width, height, pages = 1, pageHeight = height } = measures
  const wrong = checkMeasures({ width, height: pageHeight, pages })
  if (wrong) return wrong
  const decoded = await make(bytes, source)
    .autoOrient()
    .resize({ width: FULL_SIDE, height: FULL_SIDE, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(() => undefined)
  if (!decoded) return refused('picture_unreadable')
  const { info } = decoded
  const raw = { width: info.width, height: info.height, channels: info.channels }
  const whole = (): Sharp => make(decoded.data, { raw })
  const full = await whole().webp({ quality: QUALITY.full, effort: EFFORT }).toBuffer()
  const id = createHash('sha256').update(full).digest('hex').slice(0, 32)
  const files = [{ name: fileOf(id, 'full'), bytes: full }]
  // One after the other: together they would take the memory of all.
  for (const side of WIDTHS) {
    const shown = whole().resize({ width: side, withoutEnlargement: true })
    files.push({
      name: fileOf(id, side),
      bytes: await shown.webp({ quality: QUALITY.shown, effort: EFFORT }).toBuffer(),
    })
  }
  return { kind: 'made', picture: { id, width: info.width, height: info.height }, files }
}
