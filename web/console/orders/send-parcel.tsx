import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { type Carrier, type Order, piecesToSend } from './order.tsx'
import { orderWords } from './words.ts'

const CARRIERS: readonly Carrier[] = ['cj_logistics', 'hanjin', 'lotte', 'logen', 'korea_post', 'other']
const TRACKING_NUMBER = /^[0-9A-Za-z-]{6,30}$/

/** One parcel of an order: which pieces are in it, who carries it, and under which number. */
export function SendParcel({ order }: { order: Order }) {
  const t = useWords(orderWords)
  const client = useQueryClient()
  const open = piecesToSend(order) > 0 ? order.lines.filter(({ delivery }) => delivery.toSend > 0) : []
  const [carrier, setCarrier] = useState<Carrier>('cj_logistics')
  const [number, setNumber] = useState('')
  const [wanted, setWanted] = useState<Readonly<Record<number, number>>>({})
  const pieces = open
    .map(({ lineNo, delivery }) => ({ lineNo, quantity: wanted[lineNo] ?? delivery.toSend }))
    .filter(({ quantity }) => quantity > 0)
  const count = pieces.reduce((sum, { quantity }) => sum + quantity, 0)
  const tracking = number.replaceAll(' ', '')
  const send = () =>
    call('POST /api/admin/orders/:id/ship', {
      params: { id: order.id },
      body: { carrier, trackingNumber: tracking, pieces },
    })
  return (
    <section className="panel" aria-labelledby="order-send">
      <h2 id="order-send">{t.sendTitle}</h2>
      {open.length === 0 ? (
        <p className="quiet">{t.sendNothing}</p>
      ) : (
        <>
          {open.map(({ lineNo, name, delivery }) => (
            <div key={lineNo} className="filter">
              <label htmlFor={`send-${lineNo}`}>{t.sendPieces(lineNo, name)}</label>
              <input
                id={`send-${lineNo}`}
                type="number"
                min={0}
                max={delivery.toSend}
                value={wanted[lineNo] ?? delivery.toSend}
                onChange={(event) => {
                  const asked = Math.trunc(Number(event.target.value))
                  const kept = Math.min(Math.max(asked, 0), delivery.toSend)
                  setWanted((now) => ({ ...now, [lineNo]: kept }))
                }}
              />
            </div>
          ))}
          <div className="filters">
            <div className="filter">
              <label htmlFor="send-carrier">{t.carrier}</label>
              <select
                id="send-carrier"
                value={carrier}
                onChange={(event) =>
                  setCarrier(CARRIERS.find((known) => known === event.target.value) ?? 'other')
                }
              >
                {CARRIERS.map((known) => (
                  <option key={known} value={known}>
                    {t.carriers[known]}
                  </option>
                ))}
              </select>
            </div>
            <div className="filter">
              <label htmlFor="send-number">{t.trackingNumber}</label>
              <input
                id="send-number"
                value={number}
                maxLength={30}
                autoComplete="off"
                onChange={(event) => setNumber(event.target.value)}
              />
            </div>
            <Danger
              label={t.send}
              title={t.sendTitle}
              confirm={t.sendConfirm}
              reason="none"
              disabled={count === 0 || !TRACKING_NUMBER.test(tracking)}
              act={send}
              done={(next) => {
                client.setQueryData(['order', order.id], next)
                say(t.done.ship)
              }}
            >
              <p>{t.sendSays(order.receiver.name, count, t.carriers[carrier], tracking)}</p>
            </Danger>
          </div>
        </>
      )}
    </section>
  )
}
