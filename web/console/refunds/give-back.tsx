import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call, type InputOf } from '../api/call.ts'
import { type DoneOrWaiting, orWaiting } from '../api/second-person.ts'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { amountOfPieces, type Left } from './whats-left.ts'
import { refundWords } from './words.ts'

type Order = AnswerOf<'GET /api/orders/:id'>
type Mode = 'whole' | 'lines' | 'amount'
type Wish = Omit<InputOf<'POST /api/admin/orders/:id/refunds'>['body'], 'reason'>
type Flag = 'deliveryFee' | 'cancel' | 'returned' | 'restock'

const NO_FLAGS: Readonly<Record<Flag, boolean>> = {
  deliveryFee: false,
  cancel: false,
  returned: false,
  restock: false,
}

interface GiveBackProps {
  order: Order
  attemptId: string
  left: Left
}

/** Gives back all that is left, pieces of lines, or an amount. What it comes to stands on the button. */
export function GiveBack({ order, attemptId, left }: GiveBackProps) {
  const t = useWords(refundWords)
  const language = useLanguage()
  const client = useQueryClient()
  const [mode, setMode] = useState<Mode>('lines')
  const [wanted, setWanted] = useState<Readonly<Record<number, number>>>({})
  const [typed, setTyped] = useState('')
  const [flags, setFlags] = useState<Readonly<Record<Flag, boolean>>>(NO_FLAGS)
  const won = (amount: number) => wonText(amount, language)
  const amounts: Readonly<Record<Mode, number>> = {
    whole: left.total,
    lines: amountOfPieces(order, left, wanted, flags.deliveryFee),
    amount: /^\d{1,9}$/.test(typed) ? Number(typed) : 0,
  }
  const amount = amounts[mode]
  const wish: Wish = mode === 'amount' ? { amount, ...NO_FLAGS } : { lines: piecesOf(wanted), ...flags }
  const giveBack = ({ key, reason }: { key: string; reason: string }): Promise<DoneOrWaiting<unknown>> =>
    mode === 'whole'
      ? orWaiting(
          call('POST /api/payments/:id/refunds', { params: { id: attemptId }, body: { reason }, key }),
        )
      : orWaiting(
          call('POST /api/admin/orders/:id/refunds', {
            params: { id: order.id },
            body: { ...wish, reason },
            key,
          }),
        )
  const done = ({ kind }: DoneOrWaiting<unknown>) => {
    say(kind === 'done' ? t.done : t.waiting)
    for (const queryKey of [['order', order.id], ['order-refunds', order.id], ['proposals']])
      void client.invalidateQueries({ queryKey })
  }
  return (
    <div className="give-back">
      <fieldset className="choices">
        <legend>{t.how}</legend>
        {(['lines', 'amount', 'whole'] as const).map((one) => (
          <label key={one}>
            <input type="radio" name="refund-mode" checked={mode === one} onChange={() => setMode(one)} />{' '}
            {{ whole: t.whole, lines: t.byLine, amount: t.byAmount }[one]}
          </label>
        ))}
      </fieldset>
      {mode === 'lines' && (
        <>
          <Pieces order={order} left={left} wanted={wanted} want={setWanted} />
          <Flags flags={flags} set={setFlags} />
        </>
      )}
      {mode === 'amount' && (
        <div className="filter">
          <label htmlFor="refund-amount">{t.amountLabel}</label>
          <input
            id="refund-amount"
            inputMode="numeric"
            value={typed}
            autoComplete="off"
            onChange={(event) => setTyped(event.target.value.replaceAll(/[^\d]/g, ''))}
          />
        </div>
      )}
      <p>
        <Danger
          label={t.act(won(amount))}
          title={t.confirmTitle}
          confirm={t.confirm(won(amount))}
          reasonLabel={t.reason}
          mostReason={200}
          disabled={amount === 0 || amount > left.total}
          act={giveBack}
          done={done}
        >
          <p>{t.says(order.receiver.name, order.orderNumber, won(amount), order.payment?.provider ?? '')}</p>
          {mode === 'whole' && <p>{t.saysWhole}</p>}
          {mode === 'lines' && flags.cancel && <p>{t.saysCancel}</p>}
          {mode === 'lines' && flags.returned && <p>{t.saysReturned}</p>}
          {mode === 'lines' && flags.restock && <p>{t.saysRestock}</p>}
          <p>{t.remains(won(left.total - amount))}</p>
        </Danger>
      </p>
    </div>
  )
}

interface PiecesProps {
  order: Order
  left: Left
  wanted: Readonly<Record<number, number>>
  want(next: Readonly<Record<number, number>>): void
}

function Pieces({ order, left, wanted, want }: PiecesProps) {
  const t = useWords(refundWords)
  const language = useLanguage()
  return order.lines.map(({ lineNo, name }) => {
    const rest = left.lines.find((line) => line.lineNo === lineNo)
    if (rest === undefined || rest.pieces === 0) return null
    return (
      <div key={lineNo} className="filter">
        <label htmlFor={`refund-${lineNo}`}>{t.linePieces(lineNo, name)}</label>
        <span>
          <input
            id={`refund-${lineNo}`}
            type="number"
            min={0}
            max={rest.pieces}
            value={wanted[lineNo] ?? 0}
            onChange={(event) => {
              const asked = Math.trunc(Number(event.target.value))
              want({ ...wanted, [lineNo]: Math.min(Math.max(asked, 0), rest.pieces) })
            }}
          />{' '}
          <span className="quiet">{t.lineLeft(rest.pieces, wonText(rest.goods, language))}</span>
        </span>
      </div>
    )
  })
}

interface FlagsProps {
  flags: Readonly<Record<Flag, boolean>>
  set(next: Readonly<Record<Flag, boolean>>): void
}

function Flags({ flags, set }: FlagsProps) {
  const t = useWords(refundWords)
  const words: readonly (readonly [Flag, string])[] = [
    ['deliveryFee', t.withFee],
    ['cancel', t.cancel],
    ['returned', t.returned],
    ['restock', t.restock],
  ]
  return (
    <div className="choices">
      {words.map(([flag, label]) => (
        <label key={flag}>
          <input
            type="checkbox"
            checked={flags[flag]}
            onChange={(event) => set({ ...flags, [flag]: event.target.checked })}
          />{' '}
          {label}
        </label>
      ))}
    </div>
  )
}

function piecesOf(wanted: Readonly<Record<number, number>>): { lineNo: number; quantity: number }[] {
  return Object.entries(wanted)
    .map(([lineNo, quantity]) => ({ lineNo: Number(lineNo), quantity }))
    .filter(({ quantity }) => quantity > 0)
}
