import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Stamp, Won } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import { useSession } from '../frame/use-session.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { paymentWords } from './words.ts'

type Proposal = AnswerOf<'GET /api/admin/proposals'>['data'][number]

const EVERY_MS = 10_000
/** What is asked for again when a proposal ends. */
const CHANGED = ['proposals', 'payments', 'payment', 'figures']

/** What one person has decided about much money, and another one has to confirm. @param of one payment or refund only */
export function Proposals({ of }: { of?: readonly string[] }) {
  const t = useWords(paymentWords)
  const query = useQuery({
    queryKey: ['proposals'],
    queryFn: () => call('GET /api/admin/proposals', { query: { size: 100 } }),
    refetchInterval: EVERY_MS,
  })
  const open = (query.data?.data ?? []).filter(({ subjectId }) => of === undefined || of.includes(subjectId))
  if (open.length === 0) return null
  return (
    <section className="panel" aria-label={t.proposals}>
      <h2>{t.proposals}</h2>
      <ul className="proposals">
        {open.map((proposal) => (
          <li key={proposal.id}>
            <OneProposal proposal={proposal} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function OneProposal({ proposal }: { proposal: Proposal }) {
  const t = useWords(paymentWords)
  const session = useSession()
  const isOwn = session?.user.id === proposal.proposedBy
  return (
    <>
      <dl className="facts">
        <dt>{t.terms}</dt>
        <dd>
          {t.proposalKinds[proposal.kind]} · <Won amount={proposal.amount} />{' '}
          {proposal.kind !== 'decide_refund' && (
            <Link to="/payments/$id" params={{ id: proposal.subjectId }}>
              {proposal.subjectId.slice(-12)}
            </Link>
          )}
          <Terms terms={proposal.terms} />
        </dd>
        <dt>{t.providerSaid}</dt>
        <dd>{proposal.providerSaid === null ? '–' : t.said[proposal.providerSaid]}</dd>
        <dt>{t.proposedBy}</dt>
        <dd>
          {proposal.proposedBy} · <Stamp at={proposal.proposedAt} />
        </dd>
        <dt>{t.expiresAt}</dt>
        <dd>
          <Stamp at={proposal.expiresAt} />
        </dd>
      </dl>
      {proposal.handedBack !== null ? (
        <>
          <p className="note">
            {t.handedBack} <code>{proposal.handedBack}</code>
          </p>
          <p className="tools">
            <Dismiss id={proposal.id} />
          </p>
        </>
      ) : isOwn ? (
        <p className="quiet">{t.own}</p>
      ) : (
        <p className="tools">
          <End proposal={proposal} verb="confirm" />
          <End proposal={proposal} verb="reject" />
        </p>
      )}
    </>
  )
}

/** What was proposed, in the words of who proposed it. */
function Terms({ terms }: { terms: unknown }) {
  if (typeof terms !== 'object' || terms === null) return null
  const said = Object.entries(terms).filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number',
  )
  return (
    <ul>
      {said.map(([name, value]) => (
        <li key={name}>
          <code>{name}</code> {String(value)}
        </li>
      ))}
    </ul>
  )
}

function End({ proposal, verb }: { proposal: Proposal; verb: 'confirm' | 'reject' }) {
  const t = useWords(paymentWords)
  const language = useLanguage()
  const client = useQueryClient()
  const { id, kind, amount } = proposal
  const isYes = verb === 'confirm'
  return (
    <Danger
      label={isYes ? t.confirm : t.reject}
      title={isYes ? t.confirmTitle : t.rejectTitle}
      confirm={isYes ? t.confirm : t.reject}
      reason="none"
      act={() =>
        isYes
          ? call('POST /api/admin/proposals/:id/confirm', { params: { id } })
          : call('POST /api/admin/proposals/:id/reject', { params: { id } })
      }
      done={() => {
        say(isYes ? t.confirmed : t.rejected)
        for (const name of CHANGED) void client.invalidateQueries({ queryKey: [name] })
      }}
    >
      <p>{isYes ? t.confirmSays(t.proposalKinds[kind], wonText(amount, language)) : t.rejectSays}</p>
    </Danger>
  )
}

/** Of what was confirmed and not carried out: it is not needed any more. */
function Dismiss({ id }: { id: string }) {
  const t = useWords(paymentWords)
  const client = useQueryClient()
  return (
    <Danger
      label={t.dismiss}
      title={t.dismissTitle}
      confirm={t.dismiss}
      reason="none"
      act={() => call('POST /api/admin/proposals/:id/reject', { params: { id } })}
      done={() => {
        say(t.dismissed)
        for (const name of CHANGED) void client.invalidateQueries({ queryKey: [name] })
      }}
    >
      <p>{t.dismissSays}</p>
    </Danger>
  )
}
