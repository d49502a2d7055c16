/**
 * Small helps for pages that work without them: nothing is sent twice, filters apply themselves, quantities have
 * buttons, and the total follows.
 */

/** A form that changes something is sent once, however often it is tapped; coming back to the page frees it. */
let sent = new WeakSet<HTMLFormElement>()
document.addEventListener('submit', (event) => {
  const form = event.target
  if (!(form instanceof HTMLFormElement) || form.dataset.once === undefined) return
  if (sent.has(form)) event.preventDefault()
  sent.add(form)
  form.setAttribute('aria-busy', 'true')
})
addEventListener('pageshow', () => {
  sent = new WeakSet()
  for (const form of document.querySelectorAll('form[aria-busy]')) form.removeAttribute('aria-busy')
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
if (badges.length > 0) addEventListener('pageshow', () => void count())

export {}
