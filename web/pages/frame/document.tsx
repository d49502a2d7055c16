import { renderToStaticMarkup } from 'react-dom/server'
import { MaintenanceNotice } from '../maintenance/notice.tsx'
import type { Shown } from './answer.ts'
import { CARD } from './card.ts'
import { nearestPage } from './nearest-page.ts'
import { localPath, type Visit } from './visit.ts'
import { markForms } from './whose.ts'
import type { World } from './world.ts'

/** The whole document around a page, as HTML. */
export function htmlOf(world: World, visit: Visit, page: Shown): string {
  const html = `<!doctype html>${renderToStaticMarkup(<Document world={world} visit={visit} page={page} />)}`
  return page.reader ? markForms(html, page.reader) : html
}

function Document({ world, visit, page }: { world: World; visit: Visit; page: Shown }) {
  const { words, language } = visit
  const { assets, settings } = world
  const maintenance = world.maintenance.now()
  const query = visit.query.size > 0 ? `?${visit.query}` : ''
  const title =
    page.title === words.shop ? `${words.shop} · ${words.tagline}` : `${page.title} · ${words.shop}`
  return (
    <html lang={language}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        {page.description === undefined ? (
          <meta name="robots" content="noindex" />
        ) : (
          <>
            <meta name="description" content={page.description} />
            <meta property="og:title" content={title} />
            <meta property="og:description" content={page.description} />
            <meta property="og:site_name" content={words.shop} />
            <meta property="og:type" content="website" />
            <meta property="og:locale" content={language === 'ko' ? 'ko_KR' : 'en_US'} />
            <meta property="og:url" content={`${settings.publicUrl}${visit.to(visit.path)}${query}`} />
            <meta property="og:image" content={`${settings.publicUrl}${CARD.path}`} />
            <meta property="og:image:width" content={String(CARD.width)} />
            <meta property="og:image:height" content={String(CARD.height)} />
            <link rel="canonical" href={`${settings.publicUrl}${visit.to(visit.path)}${query}`} />
            <link rel="alternate" hrefLang="ko" href={`${settings.publicUrl}${visit.path}${query}`} />
            <link
              rel="alternate"
              hrefLang="en"
              href={`${settings.publicUrl}${localPath(visit.path, 'en')}${query}`}
            />
            <link rel="alternate" hrefLang="x-default" href={`${settings.publicUrl}${visit.path}${query}`} />
            {page.structured?.map((said) => (
              <script
                key={String(said['@type'])}
                type="application/ld+json"
                // biome-ignore lint/security/noDangerouslySetInnerHtml: JSON without a character that could end it
                dangerouslySetInnerHTML={{ __html: jsonInHtml(said) }}
              />
            ))}
          </>
        )}
        <link rel="icon" href={assets.href('icon.svg')} type="image/svg+xml" />
        <link rel="stylesheet" href={assets.href('shop.css')} />
        <script type="module" src={assets.href('page.js')} />
        {page.againAfterSeconds !== undefined && (
          <>
            <noscript>
              <meta httpEquiv="refresh" content={String(page.againAfterSeconds)} />
            </noscript>
            <script type="module" src={assets.href('live.js')} />
          </>
        )}
        {page.scripts?.map((name) => (
          <script key={name} type="module" src={assets.href(name)} />
        ))}
        {page.live !== undefined && <script type="module" src={assets.href('live.js')} />}
      </head>
      <body
        className={page.bar ? 'has-bar' : undefined}
        data-answer={visit.request.method === 'POST' ? '' : undefined}
        data-again={page.againAfterSeconds}
        data-away={page.isAway ? '' : undefined}
        data-live={page.live}
        data-form-waiting={page.hasFormWaiting ? '' : undefined}
        data-reader={page.reader?.userId}
        data-page={page.address === undefined ? undefined : visit.to(page.address)}
      >
        <a className="skip" href="#main">
          {words.frame.skip}
        </a>
        <Header world={world} visit={visit} page={page} />
        {maintenance && <MaintenanceNotice window={maintenance} words={words} language={language} />}
        <main id="main" tabIndex={-1}>
          {page.body}
        </main>
        {page.againAfterSeconds !== undefined && <p className="unseen" id="news-of-page" role="status" />}
        <p className="unseen" id="progress" role="status" data-working={words.frame.working} />
        <Footer world={world} visit={visit} />
        {page.bar ? <div className="buy-bar">{page.bar}</div> : <Tabs visit={visit} current={page.tab} />}
      </body>
    </html>
  )
}

/** JSON inside of HTML: no tag begins or ends in it. It is data, which browsers do not run. */
function jsonInHtml(said: object): string {
  return JSON.stringify(said).replaceAll('<', '\\u003c')
}

function Header({ world, visit, page }: { world: World; visit: Visit; page: Shown }) {
  const { words, language } = visit
  const [where, searched, hint] = page.inLibrary
    ? (['/library', words.library.search, words.library.searchHint] as const)
    : (['/items', words.frame.search, words.frame.searchHint] as const)
  const other = language === 'ko' ? 'en' : 'ko'
  return (
    <header className="top">
      <div className="wide top-row">
        <a className="logo" href={visit.to('/')}>
          <Capsule />
          {words.shop}
        </a>
        <search className="search-box">
          <form className="search" action={visit.to(where)} method="get">
            <input
              type="search"
              name="keyword"
              aria-label={searched}
              placeholder={hint}
              defaultValue={page.keyword}
              maxLength={100}
              enterKeyHint="search"
            />
            <button type="submit" aria-label={searched}>
              <Icon path="M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 5 5" />
            </button>
          </form>
        </search>
        <nav className="top-links" aria-label={words.frame.my}>
          <a href={visit.to('/my')}>{words.frame.my}</a>
          <a href={visit.to('/subscriptions')}>{words.frame.subscriptions}</a>
          <a href={visit.to('/cart')}>
            {words.frame.cart} <CartCount />
          </a>
          <a href={localPath(page.address ?? nearestPage(visit), other)} hrefLang={other} lang={other}>
            {words.frame.language}
          </a>
        </nav>
      </div>
      <nav className="wide shelves" aria-label={words.frame.main}>
        <a href={visit.to('/items?sort=sales')}>{words.frame.best}</a>
        <a href={visit.to('/items?sale=1&sort=discount_desc')}>{words.frame.sale}</a>
        <a href={visit.to('/items?sort=newest')}>{words.frame.new}</a>
        <a href={visit.to('/categories')}>{words.frame.categories}</a>
        {world.library() && (
          <a href={visit.to('/library')} aria-current={page.inLibrary ? 'true' : undefined}>
            {words.library.name}
          </a>
        )}
      </nav>
    </header>
  )
}

/** Filled by a script, because the page is the same for everybody. */
function CartCount() {
  return <span className="count" data-cart-count="" hidden />
}

function Capsule() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="9" className="logo-ground" />
      <g transform="rotate(45 16 16)">
        <rect x="6" y="10.5" width="20" height="11" rx="5.5" fill="#fff" />
        <path d="M16 10.5h4.5a5.5 5.5 0 0 1 0 11H16z" fill="#8fe0b8" />
      </g>
    </svg>
  )
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" className="icon">
      <path d={path} />
    </svg>
  )
}

const TABS = [
  { name: 'home', path: '/', icon: 'M4 11.5 12 5l8 6.5V20h-5.5v-5h-5v5H4z' },
  { name: 'categories', path: '/categories', icon: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z' },
  { name: 'search', path: '/search', icon: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 4.5 4.5' },
  {
    name: 'my',
    path: '/my',
    icon: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4 20.5c1-4 4.2-5.5 8-5.5s7 1.5 8 5.5',
  },
  { name: 'cart', path: '/cart', icon: 'M3 4h2.5l2.5 11h10l2-8H6.5M9 19.5h.01M17 19.5h.01' },
] as const

function Tabs({ visit, current }: { visit: Visit; current: Shown['tab'] }) {
  const { frame } = visit.words
  const names = {
    home: frame.home,
    categories: frame.categories,
    search: frame.searchTab,
    my: frame.my,
    cart: frame.cart,
  }
  return (
    <nav className="tabs" aria-label={frame.main}>
      {TABS.map(({ name, path, icon }) => (
        <a key={name} href={visit.to(path)} aria-current={name === current ? 'page' : undefined}>
          <Icon path={icon} />
          {names[name]}
          {name === 'cart' && <CartCount />}
        </a>
      ))}
    </nav>
  )
}

function Footer({ world, visit }: { world: World; visit: Visit }) {
  const { footer } = visit.words
  const { merchant, simulated } = world.settings
  const facts = [
    [undefined, merchant.name],
    [footer.owner, merchant.representative],
    [footer.registration, merchant.registration],
    [footer.mailOrder, merchant.mailOrder],
    [footer.functionalFood, merchant.functionalFood],
    [undefined, merchant.address],
    [footer.hosting, merchant.hosting],
    [footer.escrow, merchant.escrow],
    [footer.support, [merchant.phone, merchant.email].filter(Boolean).join(' · ')],
  ] as const
  return (
    <footer className="foot">
      <div className="wide">
        {simulated && <p className="note">{footer.simulated}</p>}
        <p className="foot-links">
          <a href={visit.to('/terms')}>{footer.terms}</a>
          <a href={visit.to('/privacy')}>
            <strong>{footer.privacy}</strong>
          </a>
          <a href={visit.to('/refunds')}>{footer.refunds}</a>
          <a href="/docs/">{footer.api}</a>
        </p>
        <p className="facts" lang="ko">
          {facts.flatMap(([term, value]) =>
            value ? [<span key={value}>{term ? `${term} ${value}` : value}</span>] : [],
          )}
        </p>
        <p>{footer.source}</p>
      </div>
    </footer>
  )
}
