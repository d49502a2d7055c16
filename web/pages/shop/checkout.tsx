import { randomUUID } from 'node:crypto'
import type { Actor } from '../../../src/platform/http/actor.ts'
import type { Refused } from '../../../src/platform/refusal.ts'
import type { ProviderName } from '../../../src/shop/payments/index.ts'
import { wrongOf } from '../../ui/field.tsx'
import { wonText } from '../../ui/format.ts'
import { type ReceiptForm, receiptIn } from '../buying/cash-receipt.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import { deviceOf } from '../frame/device.ts'
import { givenKey } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'
import { CheckoutForm, type CheckoutState } from './checkout-form.tsx'
import {
  emptyReceiver,
  type ReceiverForm,
  receiverIn,
  receiverOf,
  typedReceiver,
} from './receiver-fields.tsx'
import { chosenAddress, receiverOfSaved } from './saved-addresses.tsx'
import { type Basket, basketOf, type Wanted, wantedIn } from './wanted.ts'

/** Everything about one order on one page; sending it places the order and leads to the payment page. */
export function checkoutPages(site: Site): void {
  const { world } = site
  site.signedIn('GET', '/checkout', async (visit, actor) => {
    const wanted = wantedIn(visit.query)
    const [basket, profile, addresses, coupons] = await Promise.all([
      basketWith(world, wanted, actor, visit.query.get('coupon')),
      world.identity.profileOf(actor.userId),
      world.identity.addressBook.list(actor),
      world.coupons.ownOf(actor.userId),
    ])
    if (basket.kind === 'refused') return basket
    const saved = chosenAddress(visit, addresses) ?? addresses[0]
    const receiver = saved ? receiverOfSaved(saved) : profile ? receiverOf(profile) : emptyReceiver()
    const { trouble, ...filled } = basket
    return pageOf(world, visit, {
      basket: filled,
      receiver,
      addresses,
      coupons,
      provider: null,
      key: randomUUID(),
      ...(trouble ? { trouble: site.saying(visit, trouble) } : {}),
    })
  })
  site.signedIn('POST', '/checkout', (visit, actor) => order(site, visit, actor))
}

async function order(
  site: Site,
  visit: Visit & { reply: Parameters<Site['browser']['rememberLanguage']>[0] },
  actor: Actor,
): Promise<PageAnswer | Refused> {
  const { world } = site
  const { form } = visit
  const wanted = wantedIn(form)
  const receiver = receiverIn(form)
  const provider = providerIn(world, form.get('provider'))
  const receipt = receiptIn(form)
  const key = givenKey(form)
  const again = async (about: Pick<CheckoutState, 'wrong' | 'trouble'>, status: number, withKey = key) => {
    const [basket, addresses, coupons] = await Promise.all([
      basketWith(world, wanted, actor, form.get('coupon')),
      world.identity.addressBook.list(actor),
      world.coupons.ownOf(actor.userId),
    ])
    if (basket.kind === 'refused') return basket
    const state = {
      basket,
      receiver,
      addresses,
      coupons,
      provider: provider ?? null,
      receipt,
      key: withKey ?? randomUUID(),
      ...about,
    }
    return pageOf(world, visit, state, status)
  }
  const { checkout, errors } = visit.words
  if (key === undefined) return again({ trouble: errors.check }, 422)
  if (provider === undefined)
    return again({ wrong: { provider: checkout.chooseMethod }, trouble: errors.check }, 422)
  const checked = receipt && world.payments.pages.checkReceipt(receipt)
  if (checked?.kind === 'refused')
    return again({ wrong: wrongOf(visit, checked), trouble: errors.check }, 422)
  const consent = form.get('consent')
  const couponId = idOf(form.get('coupon'))
  const placed = await place(world, wanted, {
    customerId: actor.userId,
    idempotencyKey: key,
    asked: {
      receiver: typedReceiver(receiver),
      ...(consent === null ? {} : { consent: { version: consent } }),
      ...(couponId === undefined ? {} : { couponId }),
      expectedTotal: Number(form.get('total')),
    },
  })
  if (placed.kind === 'refused' && placed.code === 'cart_changed') return to('/cart?trouble=cart_changed')
  if (placed.kind === 'refused') return again(...troubleOf(site, visit, placed))
  // The order is placed; a book that has become full meanwhile is no reason to hold the customer up.
  if (form.get('saveAddress') === 'yes') await world.identity.addressBook.add(actor, addresseeOf(receiver))
  site.browser.rememberLanguage(visit.reply, visit.language)
  return pay(world, visit, actor, { orderId: placed.body.id, provider, key, receipt })
}

/** What is to be ordered with the coupon that was chosen; where that cannot be used, without it and with the reason. */
async function basketWith(
  world: World,
  wanted: readonly Wanted[],
  { userId: customerId }: Actor,
  coupon: string | null,
): Promise<(Basket & { trouble?: Refused }) | Refused> {
  const couponId = idOf(coupon)
  if (couponId === undefined) return basketOf(world, wanted)
  const basket = await basketOf(world, wanted, { customerId, couponId })
  if (basket.kind !== 'refused' || !basket.code.startsWith('coupon_')) return basket
  const without = await basketOf(world, wanted)
  return without.kind === 'refused' ? without : { ...without, trouble: basket }
}

function addresseeOf(receiver: ReceiverForm) {
  const { name, phone, address } = typedReceiver(receiver)
  return { name, phone, address }
}

type Placing = Parameters<World['orders']['pages']['place']>[0]

/** Lines of the cart are ordered as such, so that they leave it when they are paid. */
function place(
  { cart, orders }: World,
  wanted: readonly Wanted[],
  {
    asked,
    ...order
  }: Omit<Placing, 'asked'> & {
    asked: Omit<Placing['asked'], 'lines' | 'expectedTotal'> & { expectedTotal: number }
  },
): ReturnType<World['orders']['pages']['place']> {
  const lines = wanted.flatMap(({ cartLineId: id, quantity }) => (id === undefined ? [] : [{ id, quantity }]))
  return lines.length === wanted.length && lines.length > 0
    ? cart.order({ ...order, asked: { ...asked, lines } })
    : orders.pages.place({
        ...order,
        asked: { ...asked, lines: wanted.map(plainLine) },
      })
}

/** A line as the shop's own order takes it: it knows nothing of a cart. */
function plainLine({ itemId, quantity, subscription }: Wanted): Omit<Wanted, 'cartLineId'> {
  return { itemId, quantity, ...(subscription ? { subscription } : {}) }
}

/** What the page says of an order that was refused. The key of one that was sent otherwise before is given up. */
function troubleOf(
  site: Site,
  visit: Visit,
  refusal: Refused,
): [Pick<CheckoutState, 'wrong' | 'trouble'>, number, string?] {
  const { checkout, errors } = visit.words
  const status = site.world.problems[refusal.code]?.status ?? 422
  switch (refusal.code) {
    case 'invalid_request':
      return [{ wrong: wrongOf(visit, refusal), trouble: errors.check }, 422]
    case 'consent_required':
      return [{ wrong: { consent: checkout.consentNeeded }, trouble: site.saying(visit, refusal) }, status]
    case 'idempotency_key_reused':
      return [{ trouble: checkout.already }, status, randomUUID()]
    default:
      return [{ trouble: site.saying(visit, refusal) }, status]
  }
}

/** Asks for the payment page of an order and leads there. Where that fails the order is still there to be paid. */
export async function pay(
  world: World,
  visit: Visit,
  actor: Actor,
  {
    orderId,
    provider,
    key,
    receipt,
  }: { orderId: string; provider: ProviderName; key: string; receipt: ReceiptForm | undefined },
): Promise<PageAnswer> {
  const begun = await world.payments.pages.begin({
    actor,
    orderId,
    provider,
    device: deviceOf(visit.request),
    idempotencyKey: `${key}-${provider}`,
    cashReceipt: receipt,
  })
  if ('kind' in begun) return to(`/orders/${orderId}?trouble=${begun.code}`)
  return begun.redirectUrl === null ? to(`/orders/${orderId}`) : to(begun.redirectUrl)
}

/** The provider a form names, if it is offered. */
export function providerIn({ payments }: World, name: string | null): ProviderName | undefined {
  return payments.pages.providers().find((provider) => provider.name === name)?.name
}

async function pageOf(world: World, visit: Visit, state: CheckoutState, status = 200): Promise<PageAnswer> {
  const { orders } = world
  const [consent, { returns }] = await Promise.all([orders.pages.recurringConsent(), orders.pages.terms()])
  const { words, language } = visit
  const { total } = state.basket
  return shown({
    title: words.checkout.title,
    status,
    leadsToProvider: true,
    bar: (
      <button className="button" type="submit" form="checkout">
        {words.checkout.pay(wonText(total, language))}
      </button>
    ),
    body: <CheckoutForm world={world} visit={visit} state={state} consent={consent} returns={returns} />,
  })
}
