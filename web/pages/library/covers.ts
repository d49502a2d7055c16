import type { BookView } from '../../../src/library/book/index.ts'
import type { App } from '../../../src/platform/http/app.ts'
import { refused } from '../../../src/platform/refusal.ts'
import { chance, escapeXml, linesOf, pictureId, sendPicture, shorten, widthOf } from '../frame/drawing.ts'
import type { Library } from '../frame/world.ts'

/** The address of a book's cover, where only its id is at hand: its picture, or a drawn one. */
export function coverOf(bookId: string): string {
  return `/pictures/books/${bookId}.svg`
}

/** What shows the cover of a book, so many pixels wide: its picture in sizes to choose from, or a drawn one. */
export function coverSources({ id, picture }: Pick<BookView, 'id' | 'picture'>, width: number) {
  // A catalogue of the release before says nothing of pictures.
  if (!picture) return { src: coverOf(id) }
  return {
    src: pictureAt(picture, 320),
    srcSet: WIDTHS.map((each) => `${pictureAt(picture, each)} ${each}w`).join(', '),
    sizes: `${width}px`,
  }
}

const WIDTHS = [160, 320, 640] as const
const pictureAt = (picture: string, width: (typeof WIDTHS)[number]) =>
  `/api/books/pictures/${picture}-${width}.webp`
/** A book gets its first picture: not long until those see it who know only its id. */
const SHORTLY = 'public, max-age=60'
/** A picture that is taken away is gone at once: nobody may be led to it by what a cache has kept. */
const ASKED_EACH_TIME = 'no-cache'

/** Drawn covers of books. */
export function coverRoute(app: App, { books }: Library): void {
  app.route({
    method: 'GET',
    url: '/pictures/books/:file',
    config: { audience: 'anyone', lane: 'browsing' },
    schema: { hide: true },
    handler: async (request, reply) => {
      const id = pictureId(request)
      const book = id === undefined ? undefined : await books.pages.get(id)
      if (!book) return reply.refuse(refused('not_found'))
      if (!book.picture) return sendPicture(request, reply, drawCover(book), SHORTLY)
      return reply.header('cache-control', ASKED_EACH_TIME).redirect(pictureAt(book.picture, 320), 302)
    },
  })
}

/** Cloth, its shade and the ink on it, one for each main class of the decimal classification. */
const CLOTHS: readonly (readonly [cloth: string, shade: string, ink: string])[] = [
  ['#3f5d78', '#2b4157', '#f4ead2'],
  ['#6a5a86', '#4a3d63', '#f3ecdc'],
  ['#8a6d3b', '#654e27', '#fff6e2'],
  ['#2f6f6a', '#1f4f4b', '#eef6ee'],
  ['#2d5f8f', '#1c4469', '#eaf2fb'],
  ['#5c7a3a', '#405827', '#f6f5e2'],
  ['#b0563f', '#823c2a', '#fff1e8'],
  ['#7a7f3c', '#575b28', '#faf8e4'],
  ['#8c3b4a', '#642834', '#fdeeea'],
  ['#6d5545', '#4d3b2f', '#f7eee2'],
]

const LETTERS = 7
const WIDTH = 150

/** A bound book with title, author and publisher; the same every time. */
export function drawCover({
  id,
  title,
  author,
  publisher,
  kdc,
}: Pick<BookView, 'id' | 'title' | 'author' | 'publisher' | 'kdc'>): string {
  const [cloth, shade, ink] = CLOTHS[Number(kdc[0] ?? 0)] ?? CLOTHS[0] ?? ['', '', '']
  const lines = linesOf(title, LETTERS, 4)
  const size = Math.min(lines.length > 2 ? 24 : 30, WIDTH / Math.max(...lines.map(widthOf)))
  const top = 118 - ((lines.length - 1) * size * 1.3) / 2
  const heading = lines
    .map(
      (line, index) =>
        `<text x="126" y="${(top + index * size * 1.3).toFixed(1)}" font-size="${size.toFixed(1)}" font-weight="700">${escapeXml(line)}</text>`,
    )
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 340" font-family="Apple SD Gothic Neo,Noto Sans KR,NanumGothic,Malgun Gothic,sans-serif" text-anchor="middle" fill="${ink}"><rect width="240" height="340" rx="6" fill="${cloth}"/><rect width="18" height="340" rx="6" fill="${shade}"/><path d="M22 0v340" stroke="#000" stroke-opacity=".18" stroke-width="2"/>${ORNAMENTS[chance(id, 0) % ORNAMENTS.length]?.(ink) ?? ''}${heading}<text x="126" y="228" font-size="14" opacity=".92">${escapeXml(shorten(author, 14))}</text><text x="126" y="318" font-size="11" opacity=".8">${escapeXml(shorten(publisher, 16))}</text></svg>`
}

const ORNAMENTS: readonly ((ink: string) => string)[] = [
  (ink) =>
    `<rect x="38" y="22" width="176" height="296" rx="4" fill="none" stroke="${ink}" stroke-opacity=".55" stroke-width="2"/><circle cx="126" cy="272" r="13" fill="none" stroke="${ink}" stroke-opacity=".7" stroke-width="2"/>`,
  (ink) =>
    `<path d="M38 40h176M38 46h176M38 250h176M38 256h176" stroke="${ink}" stroke-opacity=".55" stroke-width="2"/>`,
  (ink) =>
    `<path d="M24 250c40-34 66 6 104-16s58-34 112-8v114H24z" fill="${ink}" opacity=".16"/><circle cx="188" cy="48" r="20" fill="${ink}" opacity=".22"/>`,
  (ink) =>
    `<path d="M126 252l10 20 22 3-16 15 4 22-20-10-20 10 4-22-16-15 22-3z" fill="${ink}" opacity=".45"/><path d="M60 36h132" stroke="${ink}" stroke-opacity=".6" stroke-width="3"/>`,
]
