/**
 * Keeps parts of a page fresh. A page says why it may change by itself: its outcome is open (`data-again`, seconds), or
 * events tell of it (`data-live`, an address). Then the page is fetched again, and the parts that differ
 * (`data-fresh`, by id) are put in place of the old ones; what the reader is busy with is left until they are not.
 */
const { body } = document
/** The page's own address (`data-page`): a refused form leaves the reader at one that can only be sent to. */
const address = new URL(body.dataset.page ?? location.href, location.href)
const RETRY_MS = 5_000

/** The page as it is now, as a document: nothing of it runs. Undefined when there was no answer. */
function fetchPage(): Promise<Document | undefined> {
  return new Promise((done) => {
    const request = new XMLHttpRequest()
    request.open('GET', address)
    request.responseType = 'document'
    request.onload = () => {
      // Signed out meanwhile: there is something else to see now.
      const isElsewhere = new URL(request.responseURL || address).pathname !== address.pathname
      // Who cannot answer now, us or whoever stands before us, says nothing of the page.
      const isAway = request.status >= 500 || request.status === 429
      if (isElsewhere && !isAway) location.assign(request.responseURL)
      const fresh = isElsewhere || isAway ? undefined : (request.responseXML ?? undefined)
      // Somebody else has signed in meanwhile: nothing of theirs is put into this page.
      if (fresh && fresh.body.dataset.reader !== body.dataset.reader) return location.replace(address)
      done(fresh)
    }
    request.onerror = () => done(undefined)
    request.send()
  })
}

let isLate = false
const isBusy = (part: Element) =>
  part.contains(document.activeElement) || part.querySelector('details[open]') !== null

/** Puts what differs in place. */
function take(fresh: Document): void {
  isLate = false
  for (const part of document.querySelectorAll('[data-fresh]')) {
    const next = fresh.getElementById(part.id)
    if (!next || next.outerHTML === part.outerHTML) continue
    if (isBusy(part)) {
      isLate = true
      continue
    }
    const placed = document.adoptNode(next)
    part.replaceWith(placed)
    placed.dispatchEvent(new Event('fresh', { bubbles: true }))
  }
}

let isLooking = false
let again = false
async function look(): Promise<Document | undefined> {
  if (isLooking) {
    again = true
    return undefined
  }
  isLooking = true
  const fresh = await fetchPage()
  if (fresh) take(fresh)
  isLooking = false
  if (again) {
    again = false
    return look()
  }
  return fresh
}
addEventListener('focusout', () => {
  if (isLate) setTimeout(() => void look(), 0)
})
document.addEventListener('toggle', () => isLate && void look(), true)

/** Until the outcome is there. */
const seconds = Number(body.dataset.again)
const news = document.getElementById('news-of-page')
async function settle(): Promise<void> {
  const fresh = await fetchPage()
  if (fresh && body.dataset.away !== undefined) return location.reload()
  if (fresh && !fresh.body.dataset.again) {
    const [main, next] = [document.getElementById('main'), fresh.getElementById('main')]
    document.title = fresh.title
    if (main && next) {
      main.replaceChildren(...Array.from(document.adoptNode(next).childNodes))
      main.dispatchEvent(new Event('fresh', { bubbles: true }))
    }
    if (news) news.textContent = document.querySelector('h1')?.textContent ?? ''
    return
  }
  setTimeout(() => void settle(), seconds * 1_000)
}
if (seconds > 0) setTimeout(() => void settle(), seconds * 1_000)

/** While the page is looked at; a hidden tab holds no connection. */
const { live } = body.dataset
let source: EventSource | undefined
function say(isOn: boolean): void {
  const state = document.getElementById('live')
  if (!state) return
  state.textContent = (isOn ? state.dataset.on : state.dataset.off) ?? ''
  state.classList.toggle('on', isOn)
}
function connect(address: string): void {
  source?.close()
  const opened = new EventSource(address)
  source = opened
  opened.onopen = () => say(true)
  opened.onerror = () => {
    say(false)
    if (opened.readyState !== EventSource.CLOSED) return
    setTimeout(() => void look(), RETRY_MS)
    setTimeout(() => source === opened && connect(address), RETRY_MS)
  }
  opened.addEventListener('dashboard', ({ lastEventId }) => {
    const shown = document.querySelector<HTMLElement>('[data-revision]')?.dataset.revision
    if (lastEventId !== shown || isLate) void look()
  })
}
if (live) {
  const follow = () => {
    if (!document.hidden) return connect(live)
    source?.close()
    source = undefined
  }
  document.addEventListener('visibilitychange', follow)
  follow()
}

export {}
