import { useQuery, useQueryClient } from '@tanstack/react-query'
import { wonText } from '../../ui/format.ts'
import { call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Stamp } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import { useSession } from '../frame/use-session.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { refundWords } from './words.ts'

/** Refunds of a payment that a colleague has proposed because it is much money: another person confirms or rejects. */
export function Proposals({ attemptId, receiver }: { attemptId: string; receiver: string }) {
  const t = useWords(refundWords)
  const language = useLanguage()
  const session = useSession()
  const client = useQueryClient()
  const { data } = useQuery({
    queryKey: ['proposals'],
    queryFn: () => call('GET /api/admin/proposals', { query: { size: 100 } }),
    meta: { live: ['shop.payment.'] },
  })
  const open = (data?.data ?? []).filter(
    ({ kind, subjectId, state }) => kind === 'refund' && subjectId === attemptId && state === 'open',
  )
  if (open.length === 0) return null
  const ended = (text: string) => {
    say(text)
    for (const queryKey of [['order'], ['order-refunds'], ['proposals']])
      void client.invalidateQueries({ queryKey })
  }
  return (
    <div className="note">
      <h3>{t.proposals}</h3>
      {open.map(({ id, amount, terms, proposedBy, expiresAt }) => (
        <div key={id} className="page-head">
          <p>
            <strong>{t.proposalSays(wonText(amount, language))}</strong>
            <br />
            {t.proposedReason}: {reasonIn(terms)} · {t.until} <Stamp at={expiresAt} />
          </p>
          <div className="tools">
            {proposedBy === session?.user.id ? (
              <p>{t.own}</p>
            ) : (
              <Danger
                label={t.approve}
                title={t.approveTitle}
                confirm={t.approveDo}
                reason="none"
                act={() => call('POST /api/admin/proposals/:id/confirm', { params: { id } })}
                done={() => ended(t.approved)}
              >
                <p>{t.approveSays(receiver, wonText(amount, language))}</p>
              </Danger>
            )}
            <Danger
              label={t.reject}
              title={t.reject}
              confirm={t.reject}
              reason="none"
              act={() => call('POST /api/admin/proposals/:id/reject', { params: { id } })}
              done={() => ended(t.rejected)}
            >
              <p>{t.rejectSays}</p>
            </Danger>
          </div>
        </div>
      ))}
    </div>
  )
}

function reasonIn(terms: unknown): string {
  return typeof terms === 'object' && terms !== null && 'reason' in terms ? String(terms.reason) : ''
}
