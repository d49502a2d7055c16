import type { CartView, ViewedLine } from '../../../src/shop/cart/index.ts'
import { wonText } from '../../ui/format.ts'
import { Amount, Facts, Nothing, Notice } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'
import { CartLine } from './line.tsx'

/** What the page has to tell besides the cart. */
export interface CartSaid {
  /** The line that was just added. */
  added?: string | undefined
  /** That an earlier order was put into it. */
  reordered?: string | undefined
  trouble?: string | undefined
}

/** The lines of a cart and what they cost, or that it is empty. */
export function CartContents({ visit, view, said }: { visit: Visit; view: CartView; said: CartSaid }) {
  const { words } = visit
  const { lines } = view
  if (lines.length === 0) {
    return (
      <div className="wide">
        <h1>{words.cart.title}</h1>
        {said.trouble && <Notice kind="wrong">{said.trouble}</Notice>}
        <Nothing
          title={words.cart.empty}
          hint={words.cart.emptyHint}
          action={
            <p>
              <a className="button" href={visit.to('/items?sort=sales')}>
                {words.home.toBest}
              </a>
            </p>
          }
        />
      </div>
    )
  }
  const once = lines.filter(({ subscription }) => subscription === null)
  const recurring = lines.filter(({ subscription }) => subscription !== null)
  return (
    <form id="cart" className="wide checkout" action={visit.to('/cart')} method="post" data-auto-submit="">
      {/* The first button is the one that Enter presses. */}
      <button className="unseen" type="submit" name="do" value="update" tabIndex={-1}>
        {words.cart.update}
      </button>
      <h1>{words.cart.title}</h1>
      {said.trouble && <Notice kind="wrong">{said.trouble}</Notice>}
      {said.reordered && <Notice kind="done">{said.reordered}</Notice>}
      <Added visit={visit} line={lines.find(({ id }) => id === said.added)} />
      <div className="checkout-main">
        <p className="actions">
          <button className="button plain small" type="submit" name="do" value="all">
            {words.cart.all}
          </button>
          <button className="button plain small" type="submit" name="do" value="none">
            {words.cart.none}
          </button>
        </p>
        <Group visit={visit} title={words.cart.once} lines={once} mixed={view.mixedItemIds} />
        <Group visit={visit} title={words.cart.recurring} lines={recurring} mixed={view.mixedItemIds} />
      </div>
      <Amounts visit={visit} view={view} />
    </form>
  )
}

/** That it worked, and both ways on. */
function Added({ visit, line }: { visit: Visit; line: ViewedLine | undefined }) {
  if (!line?.item) return null
  const { cart } = visit.words
  return (
    <div className="notice done" role="status">
      <p>{cart.added(line.item.name)}</p>
      <p>
        <a href={visit.to(`/items/${line.itemId}`)}>{cart.toItem}</a> ·{' '}
        <a href={visit.to('/items?sort=sales')}>{cart.goOn}</a>
      </p>
    </div>
  )
}

function Group({
  visit,
  title,
  lines,
  mixed,
}: {
  visit: Visit
  title: string
  lines: readonly ViewedLine[]
  mixed: readonly string[]
}) {
  if (lines.length === 0) return null
  return (
    <section className="box">
      <h2>
        {title} <span className="quiet">{visit.words.cart.lines(lines.length)}</span>
      </h2>
      <ul className="lines-list">
        {lines.map((line) => (
          <CartLine key={line.id} visit={visit} line={line} isMixed={mixed.includes(line.itemId)} />
        ))}
      </ul>
    </section>
  )
}

function Amounts({ visit, view }: { visit: Visit; view: CartView }) {
  const { words, language } = visit
  const { amounts, delivery, problem, itemCount } = view
  return (
    <aside className="box checkout-side">
      <h2>{words.checkout.amounts}</h2>
      {amounts && problem !== 'nothing_chosen' && (
        <>
          <Facts
            rows={[
              [words.checkout.goods, <Amount key="goods" won={amounts.originTotal} language={language} />],
              [
                words.checkout.discount,
                amounts.discountTotal > 0 ? (
                  <span key="discount" className="off">
                    −<Amount won={amounts.discountTotal} language={language} />
                  </span>
                ) : null,
              ],
              [
                words.checkout.delivery,
                amounts.deliveryFee > 0 ? (
                  <Amount key="fee" won={amounts.deliveryFee} language={language} />
                ) : (
                  words.checkout.free
                ),
              ],
            ]}
          />
          {delivery.missingForFree > 0 && (
            <p className="promise">{words.cart.missing(wonText(delivery.missingForFree, language))}</p>
          )}
          <p className="grand-total">
            <span>{words.checkout.total}</span>
            <strong>
              <Amount won={amounts.total} language={language} />
            </strong>
          </p>
        </>
      )}
      {problem !== null && (
        <Notice kind={problem === 'nothing_chosen' ? 'wait' : 'wrong'}>{words.cart.problems[problem]}</Notice>
      )}
      <button
        className="button wide-button in-bar"
        type="submit"
        name="do"
        value="order"
        disabled={problem !== null && problem !== 'nothing_chosen'}
      >
        {words.cart.order(itemCount)}
      </button>
      {/* Scripts do it at every tick. */}
      <noscript>
        <button className="button plain wide-button" type="submit" name="do" value="update">
          {words.cart.update}
        </button>
      </noscript>
    </aside>
  )
}
