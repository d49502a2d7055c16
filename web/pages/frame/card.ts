import { crc32, deflateSync } from 'node:zlib'
import type { App } from '../../../src/platform/http/app.ts'

/** What messengers show of a shared link. They take no SVG, so this one picture is drawn dot by dot. */
export const CARD = { path: '/pictures/card.png', width: 1200, height: 630 } as const

type Colour = readonly [red: number, green: number, blue: number]
const DARK: Colour = [11, 107, 74]
const LIGHT: Colour = [29, 138, 99]
const WHITE: Colour = [255, 255, 255]
const MINT: Colour = [143, 224, 184]
/** Half of the capsule's length without its caps, and its radius. */
const CAPSULE = { half: 120, radius: 105 }

/** The picture is the same for as long as the software is. */
export function cardRoute(app: App): void {
  let png: Buffer | undefined
  app.route({
    method: 'GET',
    url: CARD.path,
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: async (_request, reply) => {
      png ??= drawCard()
      return reply.header('cache-control', 'public, max-age=86400').type('image/png').send(png)
    },
  })
}

/** A capsule on the ground of the first page. */
function drawCard(): Buffer {
  const { width, height } = CARD
  const rows = Buffer.alloc(height * (1 + width * 3))
  let at = 0
  for (let y = 0; y < height; y++) {
    rows[at++] = 0
    for (let x = 0; x < width; x++) {
      for (const part of colourAt(x + 0.5, y + 0.5)) rows[at++] = part
    }
  }
  return pngOf(rows)
}

function colourAt(x: number, y: number): Colour {
  const { width, height } = CARD
  const ground = mix(DARK, LIGHT, (x / width) * 0.7 + (y / height) * 0.3)
  // Along the capsule and across it, which stands at 45°.
  const [along, across] = [
    (x - width / 2 + (y - height / 2)) * Math.SQRT1_2,
    (y - height / 2 - (x - width / 2)) * Math.SQRT1_2,
  ]
  const beyond = Math.max(0, Math.abs(along) - CAPSULE.half)
  const distance = Math.hypot(beyond, across) - CAPSULE.radius
  const body = along > 0 ? MINT : WHITE
  // The edge is one dot wide, so that it is no staircase.
  return mix(ground, body, Math.min(1, Math.max(0, 0.5 - distance)))
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const part = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share)
  return [part(0), part(1), part(2)]
}

function pngOf(rows: Buffer): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(CARD.width, 0)
  head.writeUInt32BE(CARD.height, 4)
  // 8 bits a part, red green blue, no interlacing.
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunkOf('IHDR', head),
    chunkOf('IDAT', deflateSync(rows, { level: 9 })),
    chunkOf('IEND', Buffer.alloc(0)),
  ])
}

function chunkOf(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
