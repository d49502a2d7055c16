import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { makeFiles } from './make-files.ts'
import { photo } from './photo.fixture.ts'

const refusalOf = async (bytes: Buffer) => {
  const made = await makeFiles(bytes)
  return made.kind === 'refused' ? made : undefined
}

/** Left half white, right half black. */
async function halves(width: number, height: number) {
  const white = { r: 255, g: 255, b: 255 }
  const left = await sharp({ create: { width: width / 2, height, channels: 3, background: white } })
    .png()
    .toBuffer()
  return sharp({ create: { width, height, channels: 3, background: { r: 0, g: 0, b: 0 } } }).composite([
    { input: left, left: 0, top: 0 },
  ])
}

describe('a photograph of a telephone', () => {
  it('is turned upright, made small, and tells nothing of where it was taken', async () => {
    const sent = await (await halves(3000, 2000))
      .withExif({ IFD0: { Make: 'Telephone' }, IFD3: { GPSLatitude: '37/1 33/1 0/1', GPSLatitudeRef: 'N' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    expect((await sharp(sent).metadata()).exif).toBeDefined()
    const made = await makeFiles(sent)
    if (made.kind === 'refused') throw new Error(made.code)
    // Turned by a quarter: what was left is on top.
    expect(made.picture).toMatchObject({ width: 1707, height: 2560 })
    expect(made.files.map(({ name }) => name.slice(33))).toEqual([
      'full.webp',
      '160.webp',
      '320.webp',
      '640.webp',
      '1280.webp',
    ])
    for (const { name, bytes } of made.files) {
      const { format, width, height, exif, xmp, iptc, orientation } = await sharp(bytes).metadata()
      expect({ format, exif, xmp, iptc, orientation }).toEqual({ format: 'webp' })
      expect(width / height, name).toBeCloseTo(2 / 3, 1)
      expect(bytes.includes('Telephone')).toBe(false)
    }
    const small = made.files[1]?.bytes ?? Buffer.alloc(0)
    const { data, info } = await sharp(small).greyscale().raw().toBuffer({ resolveWithObject: true })
    expect(info.width).toBe(160)
    expect(data[80 + 160 * 10] ?? 0).toBeGreaterThan(240)
    expect(data[80 + 160 * (info.height - 10)] ?? 255).toBeLessThan(15)
  })

  it('is the same picture when it is sent again, and a small one is not made larger', async () => {
    const [one, again, other] = await Promise.all(
      [photo(1), photo(1), photo(2)].map(async (sent) => makeFiles(await sent)),
    )
    if (one?.kind !== 'made' || again?.kind !== 'made' || other?.kind !== 'made') throw new Error('refused')
    expect(one.picture).toEqual(again.picture)
    expect(one.picture.id).not.toBe(other.picture.id)
    const widest = await sharp(one.files.at(-1)?.bytes).metadata()
    expect(widest.width).toBe(400)
  })

  it('keeps what one sees through, and takes PNG, WebP and AVIF', async () => {
    const clear = sharp({
      create: { width: 120, height: 120, channels: 4, background: { r: 1, g: 2, b: 3, alpha: 0.5 } },
    })
    for (const sent of [clear.clone().png(), clear.clone().webp(), clear.clone().avif()]) {
      const made = await makeFiles(await sent.toBuffer())
      expect(made.kind).toBe('made')
      if (made.kind === 'made') expect((await sharp(made.files[0]?.bytes).metadata()).hasAlpha).toBe(true)
    }
  })
})

describe('what is refused', () => {
  it('is told by its bytes: other kinds by name, words and empty files without', async () => {
    const gif = await sharp({ create: { width: 120, height: 120, channels: 3, background: 'red' } })
      .gif()
      .toBuffer()
    expect((await refusalOf(gif))?.detail?.en).toContain('GIF')
    const svg = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
    expect((await refusalOf(svg))?.detail?.ko).toContain('SVG')
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic')])
    expect((await refusalOf(heic))?.detail?.en).toContain('HEIC')
    expect((await refusalOf(Buffer.from('%PDF-1.7')))?.detail?.en).toContain('PDF')
    for (const nothing of [Buffer.alloc(0), Buffer.from('hello'), Buffer.from('MZ\0\0')])
      expect(await refusalOf(nothing)).toEqual({ kind: 'refused', code: 'picture_kind_refused' })
  })

  it('is a picture that is cut off or damaged, though its head is right', async () => {
    const whole = await (await halves(800, 600)).png().toBuffer()
    const photograph = await photo(3)
    for (const sent of [
      photograph.subarray(0, photograph.length - 200),
      whole.subarray(0, whole.length - 100),
      Buffer.concat([photograph.subarray(0, 20), Buffer.alloc(2_000, 7)]),
      Buffer.from('\x89PNG\r\n\x1a\n<svg xmlns="http://www.w3.org/2000/svg"/>', 'latin1'),
    ])
      expect((await refusalOf(sent))?.code).toBe('picture_unreadable')
  })

  it('is an animation, an icon, and what would fill the memory', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 120, height: 120, channels: 3, background } })
        .png()
        .toBuffer()
    const moving = await sharp([await frame('red'), await frame('blue')], { join: { animated: true } })
      .webp()
      .toBuffer()
    expect((await refusalOf(moving))?.code).toBe('picture_animated')
    expect((await refusalOf(await photo(1, 99, 400)))?.code).toBe('picture_too_small')
    // A bomb: 81 million pixels in some kilobytes.
    const bomb = await sharp({ create: { width: 9_000, height: 9_000, channels: 3, background: 'red' } })
      .png({ compressionLevel: 9 })
      .toBuffer()
    expect(bomb.length).toBeLessThan(1_000_000)
    expect((await refusalOf(bomb))?.code).toBe('picture_too_large')
    expect((await refusalOf(Buffer.alloc(8 * 1024 * 1024 + 1)))?.code).toBe('picture_too_large')
  })
})
