import type { Notice, ViewedLine } from '../../../src/shop/cart/index.ts'
import { MAX_QUANTITY } from '../../../src/shop/orders/index.ts'
import { wonText } from '../../ui/format.ts'
import { Amount, Thumb } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'

/** A line of the cart, with all that can be done about it. */
export function CartLine({ visit, line, isMixed }: { visit: Visit; line: ViewedLine; isMixed: boolean }) {
  const { words, language } = visit
  const { id, itemId, item, quantity, subscription, notices, orderable, chosen, lineTotal } = line
  const name = item?.name ?? words.cart.goneItem
  const canHave = !notices.some(({ code }) => code === 'sold_out' || code === 'no_longer_sold')
  return (
    <li className={orderable ? 'cart-line' : 'cart-line sold-out'}>
      <input type="hidden" name="shown" value={id} />
      <input type="hidden" name={`was-${id}`} value={quantity} />
      {orderable && <input type="hidden" name="choosable" value={id} />}
      <label className="cart-tick">
        <input type="checkbox" name="line" value={id} defaultChecked={chosen} disabled={!orderable} />
        <span className="unseen">{words.cart.choose(name)}</span>
      </label>
      <Thumb itemId={itemId} thumbnail={item?.thumbnail} />
      <div className="cart-text">
        <p className="brand">{item?.enterprise}</p>
        <p className="name">
          {item && item.status !== 'hidden' ? <a href={visit.to(`/items/${itemId}`)}>{name}</a> : name}
        </p>
        <p className="quiet">
          {subscription && (
            <span className="badge">{words.item.every(subscription.unit, subscription.count)}</span>
          )}{' '}
          {item && words.cart.each(wonText(item.unitPrice, language))}
        </p>
      </div>
      <div className="cart-notices">
        {notices.map((notice) => (
          <LineNotice key={notice.code} visit={visit} lineId={id} notice={notice} />
        ))}
        {isMixed && <p className="error">{words.cart.mixed}</p>}
      </div>
      <div className="cart-do">
        {canHave && <Quantity visit={visit} line={line} name={name} />}
        <button className="cart-remove" type="submit" name="do" value={`remove:${id}`} formNoValidate>
          {words.cart.remove}
          <span className="unseen"> {name}</span>
        </button>
      </div>
      <strong className="cart-total">
        {lineTotal !== null && <Amount won={lineTotal} language={language} />}
      </strong>
    </li>
  )
}

function Quantity({ visit, line, name }: { visit: Visit; line: ViewedLine; name: string }) {
  const { words } = visit
  return (
    <>
      <span className="stepper" data-fewer={words.item.fewer} data-more={words.item.more}>
        <input
          type="number"
          name={`quantity-${line.id}`}
          aria-label={words.cart.quantityOf(name)}
          defaultValue={line.quantity}
          min={1}
          max={MAX_QUANTITY}
          required
          inputMode="numeric"
        />
      </span>
      <button className="button plain small" type="submit" name="do" value="update">
        {words.cart.change}
      </button>
    </>
  )
}

function LineNotice({ visit, lineId, notice }: { visit: Visit; lineId: string; notice: Notice }) {
  const { words, language } = visit
  const { notices } = words.cart
  switch (notice.code) {
    case 'price_changed':
      return (
        <p className="cart-price">
          {notices.price_changed(wonText(notice.from, language), wonText(notice.to, language))}{' '}
          <button className="button plain small" type="submit" name="do" value={`accept:${lineId}`}>
            {words.cart.accept}
          </button>
        </p>
      )
    case 'not_enough_stock':
      return <p className="error">{notices.not_enough_stock(notice.available)}</p>
    default:
      return <p className="error">{notices[notice.code]}</p>
  }
}
