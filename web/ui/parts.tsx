import type { ReactNode } from 'react'
import type { ItemSummary } from '../../src/shop/catalog/index.ts'
import { addressOf, pictureIn, sourcesOf } from '../../src/shop/pictures/index.ts'
import type { Visit } from '../pages/frame/visit.ts'
import { numberText } from './format.ts'

/** An amount with its unit set smaller, as prices are read in Korea. */
export function Amount({
  won,
  language,
  className,
}: {
  won: number
  language: Visit['language']
  className?: string
}) {
  return (
    <span className={className ? `amount ${className}` : 'amount'}>
      {language === 'en' && <small>₩</small>}
      {numberText(won)}
      {language === 'ko' && <small>원</small>}
    </span>
  )
}

type Priced = Pick<ItemSummary, 'discountPercent' | 'originPrice' | 'realPrice'>

/** Discount, price, and the old price struck through. */
export function Price({ item, visit }: { item: Priced; visit: Visit }) {
  const { language, words } = visit
  const isReduced = item.realPrice < item.originPrice
  return (
    <p className="price">
      {isReduced && <strong className="off">{words.item.off(item.discountPercent)}</strong>}
      <strong>
        <span className="unseen">{words.item.now} </span>
        <Amount won={item.realPrice} language={language} />
      </strong>
      {isReduced && (
        <s>
          <span className="unseen">{words.item.before} </span>
          <Amount won={item.originPrice} language={language} />
        </s>
      )}
    </p>
  )
}

/** The stars of an item and how many reviews they are of; nothing without reviews. */
export function Stars({
  item,
  visit,
}: {
  item: Pick<ItemSummary, 'starAverage' | 'reviewCount'>
  visit: Visit
}) {
  if (item.reviewCount === 0) return null
  const { words } = visit
  return (
    <p className="stars">
      <span className="unseen">{words.item.stars(item.starAverage)}</span>
      <span aria-hidden="true">★ {item.starAverage.toFixed(1)}</span> {words.item.reviews(item.reviewCount)}
    </p>
  )
}

/** The address of an item's picture, where only its id is at hand: the merchant's, or a drawn one. */
export function pictureOf(itemId: string): string {
  return `/pictures/${itemId}.svg`
}

/** The small picture of an item beside its name; the space for it is there before it is. */
export function Thumb({
  itemId,
  thumbnail,
  lazy = false,
}: {
  itemId: string
  thumbnail: string | null | undefined
  lazy?: boolean
}) {
  const id = pictureIn(thumbnail)
  return (
    <img
      src={id === undefined ? pictureOf(itemId) : addressOf(id, 160)}
      alt=""
      width="80"
      height="80"
      {...(lazy ? { loading: 'lazy' } : {})}
    />
  )
}

/** The width of a column: of two, of four in wide windows. */
const CARD_SIZES = '(min-width: 1200px) 280px, (min-width: 720px) 23vw, 46vw'

/** The picture of an item in a list. */
function CardPicture({ item, eager, first }: { item: ItemSummary; eager: boolean; first: boolean }) {
  const id = pictureIn(item.thumbnail)
  return (
    <img
      {...(id === undefined
        ? { src: pictureOf(item.id) }
        : { src: addressOf(id, 320), srcSet: sourcesOf(id), sizes: CARD_SIZES })}
      alt=""
      width="320"
      height="320"
      loading={eager ? 'eager' : 'lazy'}
      {...(first ? { fetchPriority: 'high' } : {})}
    />
  )
}

/** An item in a list. `eager`: its picture is in sight at once. */
export function Card({
  item,
  visit,
  eager = false,
  first = false,
  children,
}: {
  item: ItemSummary
  visit: Visit
  eager?: boolean
  /** It is asked for before everything else. */
  first?: boolean
  children?: ReactNode
}) {
  const { words } = visit
  const isSoldOut = item.status === 'sold_out'
  return (
    <li className={isSoldOut ? 'card sold-out' : 'card'}>
      <a href={visit.to(`/items/${item.id}`)}>
        <span className="picture">
          <CardPicture item={item} eager={eager} first={first} />
          {isSoldOut && <span className="ribbon">{words.item.soldOut}</span>}
        </span>
        <span className="brand">{item.enterprise}</span>
        <span className="name">{item.name}</span>
      </a>
      <Price item={item} visit={visit} />
      <Stars item={item} visit={visit} />
      <p className="badges">
        <span className="badge">{words.item.subscribe}</span>
      </p>
      {children}
    </li>
  )
}

/** Items side by side; the pictures of the first `eager` are loaded at once. */
export function Grid({
  items,
  visit,
  eager = 0,
}: {
  items: readonly ItemSummary[]
  visit: Visit
  eager?: number
}) {
  return (
    <ul className="grid">
      {items.map((item, index) => (
        <Card
          key={item.id}
          item={item}
          visit={visit}
          eager={index < eager}
          first={eager > 0 && index === 0}
        />
      ))}
    </ul>
  )
}

/** Something the page has to tell: a success, or what went wrong. */
export function Notice({ kind, children }: { kind: 'done' | 'wrong' | 'wait'; children: ReactNode }) {
  return (
    <p className={`notice ${kind}`} role={kind === 'wrong' ? 'alert' : 'status'}>
      {children}
    </p>
  )
}

/** Where there is nothing yet, and what to do about it. */
export function Nothing({ title, hint, action }: { title: string; hint: string; action?: ReactNode }) {
  return (
    <div className="nothing">
      <p>
        <strong>{title}</strong>
      </p>
      <p className="quiet">{hint}</p>
      {action}
    </div>
  )
}

/** Terms and what to say of them; those with nothing to say are left out. */
export function Facts({ rows }: { rows: readonly (readonly [term: string, value: ReactNode])[] }) {
  return (
    <dl className="rows">
      {rows.flatMap(([term, value]) =>
        value === null || value === undefined || value === ''
          ? []
          : [
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>,
            ],
      )}
    </dl>
  )
}

/** Links to the pages of a list, around the current one. */
export function Pager({
  visit,
  page,
  pages,
  href,
}: {
  visit: Visit
  page: number
  pages: number
  href: (page: number) => string
}) {
  if (pages <= 1) return null
  const { list } = visit.words
  const first = Math.max(1, Math.min(page - 2, pages - 4))
  const shown = Array.from({ length: Math.min(5, pages) }, (_, index) => first + index)
  return (
    <nav className="pager" aria-label={list.pages}>
      {page > 1 && (
        <a href={href(page - 1)} rel="prev">
          {list.previous}
        </a>
      )}
      {shown.map((number) => (
        <a key={number} href={href(number)} aria-current={number === page ? 'page' : undefined}>
          {number}
        </a>
      ))}
      {page < pages && (
        <a href={href(page + 1)} rel="next">
          {list.next}
        </a>
      )}
    </nav>
  )
}
