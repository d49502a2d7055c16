import { useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call, type InputOf } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { returnWords } from './words.ts'

type Return = AnswerOf<'GET /api/admin/returns'>['data'][number]
type Settlement = InputOf<'POST /api/admin/returns/:id/settle-fee'>['body']['settlement']

const SETTLEMENTS: readonly Settlement[] = ['transfer', 'enclosed', 'waived']

/** Whether the parcels of an exchange are still to be settled before the other piece may leave. */
export function owesFee({ kind, state, parcelFee, feeSettlement }: Return): boolean {
  const isOpen = state === 'approved' || state === 'received'
  return kind === 'exchange' && isOpen && parcelFee > 0 && feeSettlement === null
}

/** How the parcels of an exchange were settled. It is said once. */
export function SettleFee({ request, done }: { request: Return; done(): void }) {
  const t = useWords(returnWords)
  const language = useLanguage()
  const [settlement, setSettlement] = useState<Settlement>('transfer')
  const isWaived = settlement === 'waived'
  return (
    <Danger
      label={t.settleFee}
      title={t.settleFee}
      confirm={t.settleFeeConfirm}
      reason={isWaived ? 'needed' : 'none'}
      reasonLabel={t.waivedFor}
      mostReason={300}
      act={({ reason }) =>
        call('POST /api/admin/returns/:id/settle-fee', {
          params: { id: request.id },
          body: { settlement, ...(isWaived ? { reason } : {}) },
        })
      }
      done={done}
    >
      <p>{t.settleFeeSays(request.receiverName, wonText(request.parcelFee, language))}</p>
      <label>
        {t.settlement}{' '}
        <select
          value={settlement}
          onChange={(event) =>
            setSettlement(SETTLEMENTS.find((known) => known === event.target.value) ?? 'transfer')
          }
        >
          {SETTLEMENTS.map((known) => (
            <option key={known} value={known}>
              {t.settlements[known]}
            </option>
          ))}
        </select>
      </label>
    </Danger>
  )
}
