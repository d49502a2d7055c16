/** The rules of pictures: what is taken, in which sizes it is kept, and under which names. */
import { type Refused, refused } from '../refusal.ts'

/** Pixels across; every picture is kept in each, smaller ones as they are. */
export const WIDTHS = [160, 320, 640, 1280] as const
/** Pixels of the longer side of what is kept for whoever looks closely, and for sizes to come. */
export const FULL_SIDE = 2560
export type Size = (typeof WIDTHS)[number] | 'full'
export const SIZES: readonly Size[] = [...WIDTHS, 'full']

/** Of a file that is sent. A photograph of a telephone has 2 to 6 MB. */
export const MOST_BYTES = 8 * 1024 * 1024
/** What has more would take hundreds of megabytes of memory. */
export const MOST_PIXELS = 40_000_000
/** Pixels of the shorter side: what has fewer is a mark or an icon, and no picture of anything. */
export const LEAST_SIDE = 100

/** A picture that is kept. */
export interface Picture {
  /** 32 hexadecimal digits out of its content: the same picture has the same one. */
  readonly id: string
  /** Of the full size, in pixels. */
  readonly width: number
  readonly height: number
}

const ID = /^[0-9a-f]{32}$/
const NAME = /^([0-9a-f]{32})-(160|320|640|1280|full)\.webp$/
const ADDRESS = /^\/pictures\/([0-9a-f]{32})-(?:160|320|640|1280|full)\.webp$/

/** Whether a text can be the id of a picture. */
export function isPictureId(text: string): boolean {
  return ID.test(text)
}

/** The name of the file of a picture in a size. */
export function fileOf(id: string, size: Size): string {
  return `${id}-${size}.webp`
}

/** The id in the name of such a file; undefined when a text is none. */
export function pictureOfFile(name: string): string | undefined {
  return NAME.exec(name)?.[1]
}

/** Where a picture is shown. It never changes what it shows. */
export function addressOf(id: string, size: Size): string {
  return `/pictures/${fileOf(id, size)}`
}

/** The id in the address of one of our pictures; undefined for any other address, and for none. */
export function pictureIn(address: string | null | undefined): string | undefined {
  return ADDRESS.exec(address ?? '')?.[1]
}

/** What a picture is shown as where space decides: `/pictures/….webp 320w, …`. */
export function sourcesOf(id: string): string {
  return WIDTHS.map((width) => `${addressOf(id, width)} ${width}w`).join(', ')
}

const TAKEN = ['jpeg', 'png', 'webp', 'avif'] as const
type TakenKind = (typeof TAKEN)[number]
export type Kind = TakenKind | 'gif' | 'svg' | 'heic' | 'tiff' | 'bmp' | 'pdf' | 'unknown'

/** What a file is by its first bytes, whatever it is called. */
export function kindOf(bytes: Uint8Array): Kind {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1_024)).toString(
    'latin1',
  )
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (/^RIFF[\s\S]{4}WEBP/.test(head)) return 'webp'
  if (head.startsWith('ftyp', 4)) return kindOfBrands(head)
  if (/^GIF8[79]a/.test(head)) return 'gif'
  if (/^(II\*\0|MM\0\*)/.test(head)) return 'tiff'
  if (head.startsWith('BM')) return 'bmp'
  if (head.startsWith('%PDF-')) return 'pdf'
  return /<(\?xml|svg|!doctype svg|!--)/i.test(head) ? 'svg' : 'unknown'
}

/** The container of both tells in its first box who can read it. */
function kindOfBrands(head: string): Kind {
  const length = (head.charCodeAt(2) << 8) | head.charCodeAt(3)
  const brands: readonly string[] = head.slice(8, Math.min(Math.max(length, 12), 256)).match(/.{4}/gs) ?? []
  if (brands.includes('avif')) return 'avif'
  return brands.some((brand) => /^(hei|hev|mif1|msf1)/.test(brand)) ? 'heic' : 'unknown'
}

const NAMES: Readonly<Record<Exclude<Kind, TakenKind | 'unknown'>, string>> = {
  gif: 'GIF',
  svg: 'SVG',
  heic: 'HEIC',
  tiff: 'TIFF',
  bmp: 'BMP',
  pdf: 'PDF',
}

function isTaken(kind: Kind): kind is TakenKind {
  return TAKEN.some((taken) => taken === kind)
}

/** Refusal: picture_kind_refused, with the name of what it is. */
export function refuseKind(kind: Kind): Refused<'picture_kind_refused'> | undefined {
  if (isTaken(kind)) return undefined
  if (kind === 'unknown') return refused('picture_kind_refused')
  const name = NAMES[kind]
  return refused('picture_kind_refused', {
    detail: {
      ko: `${name} 파일은 올릴 수 없습니다. JPEG, PNG, WebP, AVIF 가운데 하나로 바꿔서 올려 주세요.`,
      en: `This is a ${name} file. Please save it as JPEG, PNG, WebP or AVIF, and try again.`,
    },
  })
}

export interface Measures {
  readonly width: number
  readonly height: number
  /** Pictures in the file: more than one in an animation. */
  readonly pages: number
}

/** Refusals: picture_animated, picture_too_large, picture_too_small. */
export function checkMeasures({
  width,
  height,
  pages,
}: Measures): Refused<'picture_animated' | 'picture_too_large' | 'picture_too_small'> | undefined {
  if (pages > 1) return refused('picture_animated')
  if (width * height > MOST_PIXELS) return refused('picture_too_large')
  return Math.min(width, height) < LEAST_SIDE ? refused('picture_too_small') : undefined
}
