import { randomUUID } from 'node:crypto'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import type { ItemDetail } from '../../../src/shop/catalog/index.ts'
import { Notice, Thumb } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import { givenKey } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import { periodKey } from '../shop/periods.ts'
import { type Wanted, wantedIn } from '../shop/wanted.ts'
import { cartOwnerOf } from './owner.ts'

/**
 * Putting an item into the cart. An item's page is the same for everybody and cannot name one wish, so its script does;
 * without scripts a page with a name of its own asks once more, and still nothing is added twice.
 */
export function addToCartPages(site: Site): void {
  const { cart } = site.world
  site.personal('GET', '/cart/add', (visit) => askAgain(site, visit, visit.query))
  site.personal('POST', '/cart/add', async (visit) => {
    const wanted = wishIn(visit.form)
    if (wanted === undefined) return refused('nothing_to_order')
    const key = givenKey(visit.form)
    if (key === undefined) return to(`/cart/add?${fieldsOf(wanted)}`)
    const owner = await cartOwnerOf(site, visit)
    const added = await cart.add(owner, { idempotencyKey: key, asked: wanted })
    return added.kind === 'refused'
      ? askAgain(site, visit, visit.form, added)
      : to(`/cart?added=${added.lineId}`)
  })
}

/** What somebody wants, or undefined where it cannot be read: a period that is none must not become buying once. */
function wishIn(fields: URLSearchParams): Wanted | undefined {
  const [wanted] = wantedIn(fields)
  return fields.get('how') === 'subscribe' && !wanted?.subscription ? undefined : wanted
}

function fieldsOf({ itemId, quantity, subscription }: Wanted): URLSearchParams {
  return new URLSearchParams({
    item: itemId,
    quantity: String(quantity),
    ...(subscription ? { how: 'subscribe', period: periodKey(subscription) } : {}),
  })
}

async function askAgain(
  site: Site,
  visit: Visit,
  fields: URLSearchParams,
  refusal?: Refused,
): Promise<PageAnswer | Refused> {
  const wanted = wishIn(fields)
  if (wanted === undefined) return refused('nothing_to_order')
  const item = await site.world.catalog.browse.detail(wanted.itemId)
  if (item.kind === 'refused') return item
  const status = refusal ? (site.world.problems[refusal.code]?.status ?? 422) : 200
  const trouble = refusal ? site.saying(visit, refusal) : undefined
  return shown({
    title: visit.words.cart.addTitle,
    tab: 'cart',
    status,
    body: <Asking visit={visit} wanted={wanted} item={item.value} trouble={trouble} />,
  })
}

function Asking({
  visit,
  wanted,
  item,
  trouble,
}: {
  visit: Visit
  wanted: Wanted
  item: ItemDetail
  trouble: string | undefined
}) {
  const { words } = visit
  const { quantity, subscription } = wanted
  return (
    <div className="narrow">
      <h1>{words.cart.addTitle}</h1>
      {trouble && <Notice kind="wrong">{trouble}</Notice>}
      <form className="box" action={visit.to('/cart/add')} method="post" data-once="">
        <input type="hidden" name="key" value={randomUUID()} />
        {[...fieldsOf(wanted)].map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <div className="line">
          <Thumb itemId={item.id} thumbnail={item.thumbnail} />
          <div>
            <p className="brand">{item.enterprise}</p>
            <p className="name">{item.name}</p>
            <p className="quiet">
              {words.orders.pieces(quantity)}
              {subscription &&
                ` · ${words.item.subscribe} ${words.item.every(subscription.unit, subscription.count)}`}
            </p>
          </div>
        </div>
        <button className="button wide-button" type="submit">
          {words.cart.add}
        </button>
      </form>
      <p className="actions">
        <a className="button plain" href={visit.to(`/items/${item.id}`)}>
          {words.cart.toItem}
        </a>
        <a className="button plain" href={visit.to('/cart')}>
          {words.cart.toCart}
        </a>
      </p>
    </div>
  )
}
