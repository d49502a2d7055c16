/**
 * Small helps for pages that work without them: nothing is sent twice, filters apply themselves, quantities have
 * buttons, and the total follows.
 */

/** A form that changes something is sent once, however often it is tapped; coming back to the page frees it. */
let sent = new WeakSet<HTMLFormElement>()
document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event
  if (!(form instanceof HTMLFormElement)) return
  const isOnce = form.dataset.once !== undefined
  if (isOnce && sent.has(form)) return event.preventDefault()
  if (isOnce) sent.add(form)
  else if (form.method !== 'post') return
  form.setAttribute('aria-busy', 'true')
  // What a button says of itself would not be sent if it were out of use before the form is on its way.
  if (submitter instanceof HTMLButtonElement) setTimeout(() => occupy(submitter), 0)
})

/**
 * What was typed is kept in this tab until a page of ours answers. Where none does, as when whoever stands before us has
 * to say that we are away, or when the login had ended, it is put back into the form when that is opened again by the
 * same person; passwords are typed again.
 */
const DRAFT = 'form-on-its-way'
/** Set by the page of the gateway that says so. */
const CAME_BACK = 'form-came-back'

interface Draft {
  /** Of the form, and to where it was sent, which a button may have said. */
  action: string
  sentTo: string
  /** Where the form can be opened; none when nobody knows. */
  page?: string
  /** Whose page the form stood on; none on a page that is the same for everybody. */
  reader?: string
  entries: readonly (readonly [name: string, value: string])[]
}

function isDraft(kept: unknown): kept is Draft {
  return (
    typeof kept === 'object' &&
    kept !== null &&
    'action' in kept &&
    'entries' in kept &&
    Array.isArray(kept.entries)
  )
}

function draftBefore(): { kept?: Draft; cameBack: boolean } {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(DRAFT) ?? 'null')
    if (document.body.dataset.formWaiting !== undefined && isDraft(kept))
      sessionStorage.setItem(CAME_BACK, '1')
    return { ...(isDraft(kept) ? { kept } : {}), cameBack: sessionStorage.getItem(CAME_BACK) !== null }
  } catch {
    return { cameBack: false }
  }
}
const before = draftBefore()

/** Where what is shown here can be opened. The answer to a form may stand where one can only send to, or be without what it was about. */
function openedAt(): string | undefined {
  const { answer, page } = document.body.dataset
  return answer === undefined ? `${location.pathname}${location.search}` : (page ?? before.kept?.page)
}

document.addEventListener('submit', ({ target: form, submitter, defaultPrevented }) => {
  if (!(form instanceof HTMLFormElement) || form.dataset.once === undefined || defaultPrevented) return
  // A form in between, the one for logging in, is not what was being done.
  if (form.dataset.between !== undefined && before.kept && before.cameBack) return
  const isTold = submitter instanceof HTMLButtonElement && submitter.hasAttribute('formaction')
  // What could not be dealt with the first time is sent from a form that shows nothing of it.
  const isAll = form.classList.contains('send-again')
  const fields = [...form.elements]
    .filter(isField)
    .filter((one) => isTyped(one) || (isAll && one.type === 'hidden'))
  const entries = fields.flatMap((one) =>
    isTick(one) && !one.checked ? [] : [[one.name, one.value] as const],
  )
  const page = openedAt()
  // Whose it is may not have been known to whoever answered; it is still theirs who sent it the first time.
  const owner = document.body.dataset.reader ?? (isAll ? before.kept?.reader : undefined)
  const draft: Draft = {
    action: form.action,
    sentTo: isTold ? submitter.formAction : form.action,
    ...(page === undefined ? {} : { page }),
    ...(owner === undefined ? {} : { reader: owner }),
    entries,
  }
  try {
    sessionStorage.setItem(DRAFT, JSON.stringify(draft))
    sessionStorage.removeItem(CAME_BACK)
  } catch {
    // A browser that keeps nothing has its own way back.
  }
})

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement
function isField(element: Element): element is Field {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
  )
}
/** Of what is hidden only the key: the same wish keeps its name. */
const isTyped = ({ type, name }: Field) =>
  type !== 'password' && type !== 'file' && (type !== 'hidden' || name === 'key')
const isTick = (field: Field): field is HTMLInputElement =>
  field instanceof HTMLInputElement && /^(checkbox|radio)$/.test(field.type)

function putBack(): void {
  const { kept, cameBack } = before
  const [way] = performance.getEntriesByType('navigation')
  const isBack = way instanceof PerformanceNavigationTiming && way.type === 'back_forward'
  // Into an answer of ours the server has put what belongs there. Where there was none the reader has come back.
  const isMissed = kept !== undefined && (cameBack || isBack)
  const form = [...document.forms].find(
    (one) => one.action === kept?.action && one.dataset.once !== undefined && kept.page === openedAt(),
  )
  const { reader: now } = document.body.dataset
  if (isMissed && form && kept.reader === now) fill(form, kept)
  // Whoever has to sign in first, or looks elsewhere meanwhile, finds it later. Somebody else finds nothing of it.
  const isOfAnother = kept?.reader !== undefined && now !== undefined && kept.reader !== now
  if (isMissed && !form && cameBack && !isOfAnother) return
  forgetDraft()
}

function forgetDraft(): void {
  try {
    sessionStorage.removeItem(DRAFT)
    sessionStorage.removeItem(CAME_BACK)
  } catch {
    // There was nothing to read either.
  }
}

function fill(form: HTMLFormElement, { entries }: Draft): void {
  const left = [...entries]
  for (const field of [...form.elements].filter(isField).filter(isTyped)) {
    const isOf = ([name, value]: Draft['entries'][number]) =>
      name === field.name && (!isTick(field) || value === field.value)
    const at = left.findIndex(isOf)
    const [entry] = at < 0 ? [] : left.splice(at, 1)
    if (isTick(field)) field.checked = entry !== undefined
    else if (entry) field.value = entry[1]
  }
  form.closest('details')?.setAttribute('open', '')
}
putBack()

/** After logging in the form's own page is opened: the server knows only where it was sent from and to. */
function leadToForm(): void {
  const { page } = before.kept ?? {}
  if (document.body.dataset.formWaiting === undefined || page === undefined) return
  for (const field of document.querySelectorAll<HTMLInputElement>('input[name=next]')) field.value = page
  for (const way of document.querySelectorAll<HTMLAnchorElement>('main a[href*="next="]')) {
    const { pathname, searchParams } = new URL(way.href)
    searchParams.set('next', page)
    way.href = `${pathname}?${searchParams}`
  }
}
leadToForm()

/**
 * The tabs of a browser share one login. A page says whose it is (`data-reader`); when another tab shows somebody else's,
 * or somebody has logged out there, it is opened anew.
 */
const { reader } = document.body.dataset
const tabs = new BroadcastChannel('reader')
const LEFT = 'logged-out'
tabs.addEventListener('message', ({ data: other }) => {
  if (reader !== undefined && reader !== other) location.replace(openedAt() ?? '/')
})
document.addEventListener('submit', ({ target: form }) => {
  if (!(form instanceof HTMLFormElement) || !form.action.endsWith('/logout')) return
  forgetDraft()
  remember(LEFT)
})
if (reader !== undefined) tabs.postMessage(reader)
// What follows a logout is the same for everybody.
else if (forget(LEFT)) tabs.postMessage(undefined)

function remember(name: string): void {
  try {
    sessionStorage.setItem(name, '')
  } catch {
    // Other tabs are not told, then; what they send is refused in any case.
  }
}

/** @returns whether it was remembered */
function forget(name: string): boolean {
  try {
    const was = sessionStorage.getItem(name) !== null
    sessionStorage.removeItem(name)
    return was
  } catch {
    return false
  }
}

/** Who waits sees that something goes on: the button says so, and cannot be pressed. */
const progress = document.getElementById('progress')
const occupied = new Map<HTMLButtonElement, string | null>()
function occupy(button: HTMLButtonElement): void {
  const working = progress?.dataset.working ?? ''
  occupied.set(button, button.childElementCount === 0 ? button.textContent : null)
  button.disabled = true
  if (button.childElementCount === 0) button.textContent = working
  if (progress) progress.textContent = working
}
addEventListener('pageshow', () => {
  sent = new WeakSet()
  for (const form of document.querySelectorAll('form[aria-busy]')) form.removeAttribute('aria-busy')
  for (const [button, text] of occupied) {
    button.disabled = false
    if (text !== null) button.textContent = text
  }
  occupied.clear()
  if (progress) progress.textContent = ''
})

/** Filters apply as soon as one is chosen. */
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-auto-submit]')) {
  for (const field of form.querySelectorAll('select, input[type=checkbox]')) {
    field.addEventListener('change', () => form.requestSubmit())
  }
  // Empty filters need not stand in the address.
  form.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of Array.from(formData)) if (value === '') formData.delete(name)
  })
}

/** − and + beside a quantity. */
function equip(stepper: HTMLElement): void {
  const input = stepper.querySelector('input')
  if (!input) return
  const button = (sign: string, label: string | undefined, step: () => void) => {
    const made = document.createElement('button')
    made.type = 'button'
    made.textContent = sign
    made.setAttribute('aria-label', label ?? sign)
    made.addEventListener('click', () => {
      step()
      input.dispatchEvent(new Event('input', { bubbles: true }))
    })
    return made
  }
  input.before(button('−', stepper.dataset.fewer, () => input.stepDown()))
  input.after(button('+', stepper.dataset.more, () => input.stepUp()))
}
const equipAll = (part: ParentNode) => {
  for (const stepper of part.querySelectorAll<HTMLElement>('.stepper')) equip(stepper)
}
equipAll(document)
// A part that was put in place of an older one.
document.addEventListener('fresh', ({ target }) => {
  if (target instanceof Element) equipAll(target)
})

/** The total of the item page. */
const buy = document.querySelector<HTMLFormElement>('form[data-price]')
const total = buy?.querySelector('[data-total] .amount')
const number = total?.firstChild?.nodeType === Node.TEXT_NODE ? total.firstChild : total?.childNodes[1]
buy?.addEventListener('input', () => {
  const typed = new FormData(buy)
  const quantity = Number(typed.get('quantity'))
  const price = typed.get('how') === 'subscribe' ? buy.dataset.recurringPrice : buy.dataset.price
  if (number && quantity > 0) {
    number.textContent = (Number(price) * quantity).toLocaleString('en-US')
  }
})

/** Every wish for the cart has its own name, so that it is added once however often it is sent. */
let wish = crypto.getRandomValues(new Uint32Array(4)).join('-')
addEventListener('pageshow', () => {
  wish = crypto.getRandomValues(new Uint32Array(4)).join('-')
})
let isForCart = false
buy?.addEventListener('submit', ({ submitter }) => {
  isForCart = submitter?.getAttribute('formmethod') === 'post'
})
buy?.addEventListener('formdata', ({ formData }) => {
  if (isForCart) formData.set('key', wish)
})

/** Choosing a period means to subscribe. */
const period = buy?.querySelector('select[name=period]')
period?.addEventListener('change', () => {
  const subscribe = buy?.querySelector<HTMLInputElement>('input[value=subscribe]')
  if (subscribe) subscribe.checked = true
})

/** How many lines the cart has: pages are the same for everybody and cannot say it. */
const badges = document.querySelectorAll<HTMLElement>('[data-cart-count]')
async function count(): Promise<void> {
  const answer = await fetch('/cart/count').catch(() => undefined)
  const told: unknown = answer?.ok ? await answer.json() : undefined
  const lines = typeof told === 'object' && told !== null && 'lines' in told ? Number(told.lines) : 0
  for (const badge of badges) {
    badge.textContent = lines > 0 ? String(lines) : ''
    badge.hidden = lines === 0
  }
}
// Where the page could not be had, neither could this.
if (badges.length > 0 && document.body.dataset.away === undefined)
  addEventListener('pageshow', () => void count())

export {}
