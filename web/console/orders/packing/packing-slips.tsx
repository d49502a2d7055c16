import './packing.css'
import { useEffect, useState } from 'react'
import { createPortal } from 'react-dom'
import { stampText } from '../../../ui/format.ts'
import { useWords } from '../../words/use-words.ts'
import { type Order, piecesToSend } from '../order.tsx'
import { linesToPack, pickList } from './picked.ts'
import { packingWords } from './words.ts'

/**
 * Prints what goes into the parcels of orders: a list of what to fetch for all of them, then a slip for each. Slips say no
 * prices, as many a parcel is a present, and no phone: that stands on the label.
 */
export function PackingSlips({ orders }: { orders: readonly Order[] }) {
  const t = useWords(packingWords)
  /** A press after the first prints again, for not every browser tells when it has printed. */
  const [presses, setPresses] = useState(0)
  useEffect(() => {
    if (presses === 0) return
    const over = () => setPresses(0)
    addEventListener('afterprint', over)
    window.print()
    return () => removeEventListener('afterprint', over)
  }, [presses])
  const toPack = orders.filter((order) => piecesToSend(order) > 0)
  return (
    <>
      <button type="button" disabled={toPack.length === 0} onClick={() => setPresses(presses + 1)}>
        {t.print}
      </button>
      {presses > 0 &&
        createPortal(
          <div className="packing">
            {toPack.length > 1 && (
              <section>
                <h2>{t.pickTitle}</h2>
                <p>{t.orders(toPack.length)}</p>
                <Goods lines={pickList(toPack).map((one) => ({ ...one, key: one.itemId }))} />
              </section>
            )}
            {toPack.map((order) => (
              <Slip key={order.id} order={order} />
            ))}
          </div>,
          document.body,
        )}
    </>
  )
}

function Slip({ order }: { order: Order }) {
  const t = useWords(packingWords)
  const { address, deliveryNote, name } = order.receiver
  return (
    <section>
      <h2>
        {t.slipTitle} {order.orderNumber}
      </h2>
      <p>
        {t.receiver}: {name}
      </p>
      <p>
        {t.address}: ({address.postalCode}) {address.city} {address.detail}
      </p>
      {deliveryNote !== null && (
        <p>
          {t.note}: {deliveryNote}
        </p>
      )}
      <p>
        {t.placed}: {stampText(order.placedAt)}
      </p>
      <Goods
        lines={linesToPack(order).map(({ lineNo, delivery, ...line }) => ({
          ...line,
          key: String(lineNo),
          pieces: delivery.toSend,
        }))}
      />
    </section>
  )
}

interface Good {
  readonly key: string
  readonly name: string
  readonly enterprise: string
  readonly pieces: number
}

function Goods({ lines }: { lines: readonly Good[] }) {
  const t = useWords(packingWords)
  return (
    <table>
      <thead>
        <tr>
          <th>{t.item}</th>
          <th className="count">{t.pieces}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ key, name, enterprise, pieces }) => (
          <tr key={key}>
            <td>
              {enterprise} {name}
            </td>
            <td className="count">{pieces}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th>{t.total}</th>
          <th className="count">{lines.reduce((sum, { pieces }) => sum + pieces, 0)}</th>
        </tr>
      </tfoot>
    </table>
  )
}
