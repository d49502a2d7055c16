import type { App } from '../../../src/platform/http/app.ts'
import { refused } from '../../../src/platform/refusal.ts'
import type { Category, ItemSummary } from '../../../src/shop/catalog/index.ts'
import { addressOf, pictureIn } from '../../../src/shop/pictures/index.ts'
import { chance, escapeXml, linesOf, pictureId, sendPicture, shorten, widthOf } from '../frame/drawing.ts'
import type { World } from '../frame/world.ts'

/** The register has no pictures of items: each gets a pack drawn from what is known of it, the same every time. */
type Drawn = Pick<ItemSummary, 'id' | 'name' | 'enterprise' | 'categories'>

const COLOURS: Readonly<Record<Category, readonly [ground: string, pack: string, band: string]>> = {
  EYE: ['#e8f0fb', '#2f6fc4', '#163f7a'],
  BONE: ['#f3efe6', '#b08a4a', '#6b4f1f'],
  BRAIN: ['#efe9fa', '#7a55c0', '#472a80'],
  INTESTINE: ['#e9f6ec', '#3d9b58', '#1d5c31'],
  LIVER: ['#fdece4', '#d2663a', '#84350f'],
  SKIN: ['#fdeaf1', '#cf5688', '#86264f'],
  ANTIOXIDANT: ['#f7ebf3', '#8e3a6e', '#561a40'],
  FATIGUE: ['#fff4dc', '#d8961c', '#7c5206'],
  ETC: ['#e6f2f2', '#3b8a8c', '#1b5153'],
}

const LABEL_LETTERS = 8
/** In units of the picture. */
const LABEL_WIDTH = 128

/** What is under an address of a picture never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** A review may be hidden for what its picture shows: an hour later no cache has it any more. */
const WHILE_SHOWN = 'public, max-age=3600'
/** An item gets its first picture, or another one: not long until those see it who know only its id. */
const SHORTLY = 'public, max-age=60'

/** Pictures of items and reviews in the sizes they are kept in, and drawn ones of items that have none of their own. */
export function pictureRoute(app: App, { catalog, pictures }: World): void {
  app.route({
    method: 'GET',
    url: '/pictures/:file',
    config: { audience: 'anyone', lane: 'browsing' },
    schema: { hide: true },
    handler: async (request, reply) => {
      const { params } = request
      const file =
        typeof params === 'object' && params !== null && 'file' in params ? String(params.file) : ''
      if (file.endsWith('.webp')) {
        const shown = await pictures.read(file)
        if (!shown) return reply.refuse(refused('not_found'))
        const keep = shown.by === 'review' ? WHILE_SHOWN : FOR_EVER
        return reply.header('cache-control', keep).type('image/webp').send(shown.bytes)
      }
      const id = pictureId(request)
      const item = id === undefined ? refused('not_found') : await catalog.browse.detail(id)
      if (item.kind === 'refused') return reply.refuse(item)
      const own = pictureIn(item.value.thumbnail)
      if (own !== undefined) return reply.header('cache-control', SHORTLY).redirect(addressOf(own, 320), 302)
      return sendPicture(request, reply, packOf(item.value))
    },
  })
}

/** A bottle, a box, a pouch or a jar in the colours of the first category, with brand and name on its label. */
export function packOf({ id, name, enterprise, categories }: Drawn): string {
  const [ground, pack, band] = COLOURS[categories[0] ?? 'ETC']
  const shape = SHAPES[chance(id, 0) % SHAPES.length] ?? SHAPES[0]
  const lines = linesOf(name, LABEL_LETTERS, 3)
  const widest = Math.max(...lines.map(widthOf))
  const size = Math.min(lines.length > 2 ? 17 : 20, LABEL_WIDTH / widest)
  const top = 206 - ((lines.length - 1) * (size + 5)) / 2
  const label = lines
    .map(
      (line, index) =>
        `<text x="160" y="${(top + index * (size + 5)).toFixed(1)}" font-size="${size.toFixed(1)}" font-weight="700" fill="${band}">${escapeXml(line)}</text>`,
    )
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320" font-family="Apple SD Gothic Neo,Noto Sans KR,NanumGothic,Malgun Gothic,sans-serif" text-anchor="middle"><rect width="320" height="320" fill="${ground}"/><circle cx="${60 + (chance(id, 1) % 200)}" cy="${50 + (chance(id, 2) % 60)}" r="${50 + (chance(id, 3) % 40)}" fill="#fff" opacity=".5"/><ellipse cx="160" cy="292" rx="96" ry="10" fill="${band}" opacity=".16"/>${shape?.(pack, band)}<rect x="90" y="140" width="140" height="104" rx="6" fill="#fff"/><rect x="90" y="140" width="140" height="7" rx="3.5" fill="${band}"/><text x="160" y="163" font-size="10" fill="${band}" opacity=".85">${escapeXml(shorten(brandOf(enterprise), 14))}</text>${label}<text x="160" y="239" font-size="9.5" fill="${band}" opacity=".8">건강기능식품</text></svg>`
}

type Shape = (pack: string, band: string) => string

const SHAPES: readonly Shape[] = [
  // bottle
  (pack, band) =>
    `<rect x="122" y="34" width="76" height="46" rx="8" fill="${band}"/><path d="M128 46v26M142 46v26M156 46v26M170 46v26M184 46v26" stroke="#fff" stroke-opacity=".25" stroke-width="3"/><path d="M118 80h84c0 16 34 20 34 48v138c0 14-10 24-24 24H108c-14 0-24-10-24-24V128c0-28 34-32 34-48z" fill="${pack}"/><path d="M98 128c2-14 16-22 22-30v180h-8c-8 0-14-6-14-14z" fill="#fff" opacity=".22"/>`,
  // box
  (pack, band) =>
    `<path d="M84 66h132l24 20v204H84z" fill="${pack}"/><path d="M216 66l24 20v204h-24z" fill="${band}" opacity=".55"/><path d="M84 66h132l24 20H104z" fill="#fff" opacity=".3"/><circle cx="150" cy="108" r="16" fill="#fff" opacity=".28"/><path d="M150 98v20M140 108h20" stroke="#fff" stroke-width="5" stroke-linecap="round"/>`,
  // pouch
  (pack, band) =>
    `<path d="M92 50h136l8 226c0 8-6 14-14 14H98c-8 0-14-6-14-14z" fill="${pack}"/><path d="M92 50h136l1 24H91z" fill="${band}"/><path d="M92 62h136" stroke="#fff" stroke-opacity=".5" stroke-width="2" stroke-dasharray="5 5"/><path d="M84 276l6-150c4 60 6 110 22 164H98c-8 0-14-6-14-14z" fill="#fff" opacity=".18"/>`,
  // jar
  (pack, band) =>
    `<rect x="88" y="54" width="144" height="44" rx="10" fill="${band}"/><path d="M104 62v28M122 62v28M140 62v28M158 62v28M176 62v28M194 62v28M212 62v28" stroke="#fff" stroke-opacity=".22" stroke-width="4"/><rect x="78" y="100" width="164" height="190" rx="26" fill="${pack}"/><rect x="90" y="112" width="16" height="164" rx="8" fill="#fff" opacity=".25"/>`,
]

/** Without the legal form, which is no part of a brand on a pack. */
function brandOf(enterprise: string): string {
  return enterprise.replace(/\(주\)|주식회사|㈜|농업회사법인|\(유\)/g, '').trim() || enterprise
}
