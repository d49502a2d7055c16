import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Loading } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { amountOfPieces, leftOf } from '../refunds/whats-left.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { SendExchange } from './send-exchange.tsx'
import { owesFee, SettleFee } from './settle-fee.tsx'
import { returnWords } from './words.ts'

type Return = AnswerOf<'GET /api/admin/returns'>['data'][number]

/** The steps that a request can take now. */
export function ReturnSteps({ request }: { request: Return }) {
  const t = useWords(returnWords)
  const client = useQueryClient()
  const done = (text: string) => {
    say(text)
    void client.invalidateQueries({ queryKey: ['returns'] })
  }
  const { state, kind } = request
  return (
    <div className="steps">
      {state === 'requested' && <Approve request={request} done={done} />}
      {state === 'approved' && <Receive request={request} done={done} />}
      {(state === 'requested' || state === 'approved') && <Refuse request={request} done={done} />}
      {owesFee(request) && <SettleFee request={request} done={() => done(t.feeSettled)} />}
      {state === 'received' && kind === 'exchange' && !owesFee(request) && (
        <SendExchange request={request} done={() => done(t.sent)} />
      )}
      {state === 'received' && <Refund request={request} done={done} />}
    </div>
  )
}

interface StepProps {
  request: Return
  done(text: string): void
}

function Approve({ request, done }: StepProps) {
  const t = useWords(returnWords)
  const [running, setRunning] = useState(false)
  const approve = async () => {
    setRunning(true)
    try {
      await call('POST /api/admin/returns/:id/approve', { params: { id: request.id }, body: {} })
      done(t.approved)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    setRunning(false)
  }
  return (
    <button type="button" disabled={running} onClick={() => void approve()}>
      {t.approve}
    </button>
  )
}

function Refuse({ request, done }: StepProps) {
  const t = useWords(returnWords)
  return (
    <Danger
      label={t.refuse}
      title={t.refuseTitle}
      confirm={t.refuse}
      reasonLabel={t.refuseReason}
      mostReason={300}
      act={({ reason }) =>
        call('POST /api/admin/returns/:id/refuse', { params: { id: request.id }, body: { reason } })
      }
      done={() => done(t.refused)}
    >
      <p>{t.refuseSays(request.receiverName, request.orderNumber)}</p>
    </Danger>
  )
}

/** It came back: of a return the money goes at once, so what it comes to is said before. */
function Receive({ request, done }: StepProps) {
  const t = useWords(returnWords)
  const [restock, setRestock] = useState(false)
  const [fee, setFee] = useState(String(request.parcelFee))
  const isReturn = request.kind === 'return'
  const parcelFee = Math.min(Number(fee), request.parcelFee)
  return (
    <Danger
      label={t.receive}
      title={t.receiveTitle}
      confirm={t.receive}
      reason="none"
      act={() =>
        call('POST /api/admin/returns/:id/receive', {
          params: { id: request.id },
          body: { restock, ...(isReturn ? { parcelFee } : {}) },
        })
      }
      done={() => done(t.received)}
    >
      {isReturn ? (
        <>
          <MoneyBack request={request} parcelFee={parcelFee} says={t.receiveReturn} />
          {request.parcelFee > 0 && (
            <label>
              {t.feeKept}{' '}
              <input
                inputMode="numeric"
                value={fee}
                autoComplete="off"
                onChange={(event) => setFee(event.target.value.replaceAll(/[^\d]/g, '').slice(0, 9))}
              />
            </label>
          )}
        </>
      ) : (
        <p>{t.receiveExchange}</p>
      )}
      <label>
        <input type="checkbox" checked={restock} onChange={(event) => setRestock(event.target.checked)} />{' '}
        {t.restock}
      </label>
    </Danger>
  )
}

/** Again for a return whose refund was declined; for an exchange in the place of the piece that cannot be sent. */
function Refund({ request, done }: StepProps) {
  const t = useWords(returnWords)
  const language = useLanguage()
  const isExchange = request.kind === 'exchange'
  const label = isExchange ? t.moneyInstead : t.refund
  return (
    <Danger
      label={label}
      title={label}
      confirm={label}
      reason="none"
      act={() => call('POST /api/admin/returns/:id/refund', { params: { id: request.id }, body: {} })}
      done={() => done(t.refundAsked)}
    >
      <MoneyBack
        request={request}
        parcelFee={isExchange ? 0 : request.parcelFee}
        says={isExchange ? t.moneyInsteadSays : t.refundSays}
      />
      {isExchange && (request.feeSettlement === 'transfer' || request.feeSettlement === 'enclosed') && (
        <p>{t.feeToGiveBack(wonText(request.parcelFee, language))}</p>
      )}
    </Danger>
  )
}

interface MoneyBackProps {
  request: Return
  /** Won that are kept. */
  parcelFee: number
  says(receiver: string, amount: string): string
}

/** To whom how much goes back: the pieces, with their share of the first delivery when the merchant pays the parcels. */
function MoneyBack({ request, parcelFee, says }: MoneyBackProps) {
  const language = useLanguage()
  const params = { id: request.orderId }
  const { data } = useQuery({
    queryKey: ['order-with-refunds', request.orderId],
    queryFn: async () => {
      const [order, refunds] = await Promise.all([
        call('GET /api/orders/:id', { params }),
        call('GET /api/orders/:id/refunds', { params }),
      ])
      return { order, refunds: refunds.data }
    },
    meta: { live: ['shop.order.', 'shop.payment.'] },
  })
  if (data === undefined) return <Loading />
  const wanted = Object.fromEntries(request.lines.map(({ lineNo, quantity }) => [lineNo, quantity]))
  const left = leftOf(data.order, data.refunds)
  const amount = amountOfPieces(data.order, left, wanted, request.paidBy === 'merchant') - parcelFee
  return <p>{says(request.receiverName, wonText(amount, language))}</p>
}
