import { useState } from 'react'
import { type AnswerOf, call, type InputOf } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { orderWords } from '../orders/words.ts'
import { useWords } from '../words/use-words.ts'
import { returnWords } from './words.ts'

type Return = AnswerOf<'GET /api/admin/returns'>['data'][number]
type Carrier = InputOf<'POST /api/admin/returns/:id/send'>['body']['carrier']

const CARRIERS: readonly Carrier[] = ['cj_logistics', 'hanjin', 'lotte', 'logen', 'korea_post', 'other']

/** The other piece of an exchange leaves, under a number of its own. */
export function SendExchange({ request, done }: { request: Return; done(): void }) {
  const t = useWords(returnWords)
  const { carriers } = useWords(orderWords)
  const [carrier, setCarrier] = useState<Carrier>('cj_logistics')
  const [trackingNumber, setNumber] = useState('')
  return (
    <Danger
      label={t.send}
      title={t.send}
      confirm={t.send}
      reason="none"
      act={() =>
        call('POST /api/admin/returns/:id/send', {
          params: { id: request.id },
          body: { carrier, trackingNumber: trackingNumber.replaceAll(' ', '') },
        })
      }
      done={done}
    >
      <p>{t.sendSays(request.receiverName)}</p>
      <label>
        {t.carrier}{' '}
        <select
          value={carrier}
          onChange={(event) => setCarrier(CARRIERS.find((known) => known === event.target.value) ?? 'other')}
        >
          {CARRIERS.map((known) => (
            <option key={known} value={known}>
              {carriers[known]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.trackingNumber}{' '}
        <input
          value={trackingNumber}
          maxLength={30}
          autoComplete="off"
          onChange={(event) => setNumber(event.target.value)}
        />
      </label>
    </Danger>
  )
}
