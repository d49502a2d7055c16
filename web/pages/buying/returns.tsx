import { randomUUID } from 'node:crypto'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { refused } from '../../../src/platform/refusal.ts'
import { type OrderView, RETURN_REASONS, type ReturnView } from '../../../src/shop/orders/index.ts'
import { dayText, wonText } from '../../ui/format.ts'
import { Facts, Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'

/** Asking to send something of an order back, and keeping it after all. */
export function returnPages(site: Site): void {
  const { pages } = site.world.orders
  site.signedIn('GET', '/orders/:id/return', async (visit, actor) => {
    const order = await orderOf(site, visit.params.id, actor)
    return 'code' in order ? order : formOf(site, visit, order, {})
  })
  site.signedIn('POST', '/orders/:id/return', async (visit, actor) => {
    const order = await orderOf(site, visit.params.id, actor)
    if ('code' in order) return order
    const wish = wishIn(visit.form, order)
    if (wish === undefined)
      return formOf(site, visit, order, { trouble: visit.words.buying.returns.choose }, 422)
    const given = visit.form.get('key') ?? ''
    const idempotencyKey = /^[\w-]{16,64}$/.test(given) ? given : randomUUID()
    const result = await pages.askReturn({ actor, orderId: order.id, wish, idempotencyKey })
    if (result.kind === 'asked') return to(`/orders/${order.id}?done=return-asked`)
    const status = site.world.problems[result.code]?.status ?? 422
    return formOf(site, visit, order, { trouble: site.saying(visit, result) }, status)
  })
  site.signedIn('POST', '/returns/:id/cancel', async (visit, actor) => {
    const returnId = idOf(visit.params.id)
    if (returnId === undefined) return refused('not_found')
    const result = await pages.cancelReturn({ actor, returnId })
    return result.kind === 'refused' ? result : to(`/orders/${result.orderId}?done=return-cancelled`)
  })
}

async function orderOf({ world }: Site, id: string | undefined, actor: Actor) {
  const orderId = idOf(id)
  return orderId === undefined ? refused('not_found') : world.orders.pages.get(actor, orderId)
}

const piecesField = (lineNo: number) => `pieces-${lineNo}`

/** What the form asks for; undefined when it names no pieces, or nothing that it offers. */
function wishIn(form: URLSearchParams, { lines }: OrderView) {
  const kind = form.get('kind')
  const reason = RETURN_REASONS.find((known) => known === form.get('reason'))
  const note = (form.get('note') ?? '').trim().slice(0, 500) || null
  const wanted = lines
    .map(({ lineNo }) => ({ lineNo, quantity: Number(form.get(piecesField(lineNo)) ?? 0) }))
    .filter(({ quantity }) => quantity !== 0)
  const isWhole = wanted.every(({ quantity }) => Number.isSafeInteger(quantity) && quantity > 0)
  if ((kind !== 'return' && kind !== 'exchange') || !reason || wanted.length === 0 || !isWhole)
    return undefined
  return { kind, reason, note, lines: wanted } as const
}

async function formOf(
  { world }: Site,
  visit: Visit,
  order: OrderView,
  { trouble }: { trouble?: string },
  status = 200,
): Promise<PageAnswer> {
  const { words, language, form } = visit
  const t = words.buying.returns
  const { returnFee, exchangeFee } = await world.orders.pages.returnTerms(order)
  const lines = order.lines.filter(({ returns }) => returns.pieces > 0)
  return shown({
    title: t.title,
    status,
    tab: 'my',
    body: (
      <div className="narrow">
        <h1>{t.title}</h1>
        <p className="quiet">{order.orderNumber}</p>
        <WithdrawalTime visit={visit} order={order} />
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        {lines.length === 0 ? (
          <Notice kind="wait">{t.nothing}</Notice>
        ) : (
          <form className="box" action={visit.to(`/orders/${order.id}/return`)} method="post" data-once="">
            <input type="hidden" name="key" value={randomUUID()} />
            <fieldset className="choices">
              <legend>{t.kind}</legend>
              {(['return', 'exchange'] as const).map((kind) => (
                <label key={kind} className="choice">
                  <input
                    type="radio"
                    name="kind"
                    value={kind}
                    required
                    defaultChecked={(form.get('kind') ?? 'return') === kind}
                  />
                  <strong>{t.kinds[kind]}</strong>
                </label>
              ))}
            </fieldset>
            <div className="field">
              <label htmlFor="field-reason">{t.reason}</label>
              <select id="field-reason" name="reason" defaultValue={form.get('reason') ?? 'changed_mind'}>
                {RETURN_REASONS.map((reason) => (
                  <option key={reason} value={reason}>
                    {t.reasons[reason]}
                  </option>
                ))}
              </select>
              <p className="hint">{t.fee(wonText(returnFee, language), wonText(exchangeFee, language))}</p>
            </div>
            {lines.map(({ lineNo, name, returns }) => (
              <div key={lineNo} className="field">
                <label htmlFor={`field-${piecesField(lineNo)}`}>{t.pieces(name, returns.pieces)}</label>
                <input
                  id={`field-${piecesField(lineNo)}`}
                  type="number"
                  name={piecesField(lineNo)}
                  min={0}
                  max={returns.pieces}
                  defaultValue={form.get(piecesField(lineNo)) ?? (lines.length === 1 ? returns.pieces : 0)}
                  inputMode="numeric"
                />
              </div>
            ))}
            <div className="field">
              <label htmlFor="field-note">{t.note}</label>
              <textarea id="field-note" name="note" maxLength={500} defaultValue={form.get('note') ?? ''} />
            </div>
            <button className="button wide-button" type="submit">
              {t.send}
            </button>
          </form>
        )}
        <p>
          <a href={visit.to(`/orders/${order.id}`)}>{t.back}</a>
        </p>
      </div>
    ),
  })
}

/** Until when, as a day, and what the law excepts. */
function WithdrawalTime({ visit, order }: { visit: Visit; order: OrderView }) {
  const { words, language } = visit
  const t = words.buying.returns
  const { anyReasonUntil, faultUntil } = order.withdrawal
  return (
    <>
      <p>
        {anyReasonUntil === null || faultUntil === null
          ? t.notBegun
          : `${t.until(dayText(anyReasonUntil, language))} ${t.faultUntil(dayText(faultUntil, language))}`}
      </p>
      <details>
        <summary>{t.exceptions}</summary>
        <p className="lines">{t.exceptionsText}</p>
      </details>
    </>
  )
}

/** Until when the order may be sent back, what of it was, and the way to ask. */
export function OrderReturns({
  visit,
  order,
  returns,
}: {
  visit: Visit
  order: OrderView
  returns: readonly ReturnView[]
}) {
  const { words } = visit
  const t = words.buying.returns
  const isThere = order.lines.some((line) => line.delivery.arrived > 0)
  const isOpen = order.lines.some((line) => line.returns.pieces > 0)
  return (
    <>
      {returns.length > 0 && (
        <section className="box">
          <h2>{t.history}</h2>
          <ul className="lines-list">
            {returns.map((request) => (
              <li key={request.id}>
                <p className="card-head">
                  <strong>{t.kinds[request.kind]}</strong>
                  <span className="state">{t.states[request.state]}</span>
                </p>
                <Facts
                  rows={[
                    [t.reason, t.reasons[request.reason]],
                    [words.checkout.items, piecesText(visit, order, request)],
                    [words.checkout.delivery, request.parcelFee > 0 ? feeText(visit, request) : null],
                    [t.states.refused, request.refusedFor],
                    [words.orders.parcels, request.trackingNumber],
                  ]}
                />
                {(request.state === 'requested' || request.state === 'approved') && (
                  <form action={visit.to(`/returns/${request.id}/cancel`)} method="post" data-once="">
                    <button className="button small plain" type="submit">
                      {t.cancel}
                    </button>
                  </form>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {isThere && (
        <section className="box">
          <h2>{t.time}</h2>
          <WithdrawalTime visit={visit} order={order} />
          {isOpen && (
            <p>
              <a href={visit.to(`/orders/${order.id}/return`)}>{t.open}</a>
            </p>
          )}
        </section>
      )}
    </>
  )
}

/** Kept of a refund; of an exchange there is none, so it is settled before the other piece is sent. */
function feeText(
  { words, language }: Visit,
  { kind, state, parcelFee, feeSettlement }: ReturnView,
): string | null {
  const t = words.buying.returns
  const amount = wonText(parcelFee, language)
  if (kind === 'return') return t.kept(amount)
  if (feeSettlement !== null) return feeSettlement === 'waived' ? t.waived(amount) : t.settled(amount)
  const isOver = state === 'exchanged' || state === 'cancelled' || state === 'refused'
  return isOver ? null : t.owed(amount)
}

function piecesText({ words }: Visit, { lines }: OrderView, request: ReturnView): string {
  return request.lines
    .map(({ lineNo, quantity }) => {
      const name = lines.find((line) => line.lineNo === lineNo)?.name ?? ''
      return `${name} ${words.orders.pieces(quantity)}`
    })
    .join(', ')
}
