import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, Stamp } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { NewTerminal } from './new-terminal.tsx'
import { OfflineRefusals } from './offline-refusals.tsx'
import { terminalWords } from './words.ts'

type Terminal = AnswerOf<'GET /api/terminals'>['data'][number]

/** Which self-check machines may log in, and what they did while they could not ask. */
export function TerminalsPage() {
  const t = useWords(terminalWords)
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <p>{t.says}</p>
      <OfflineRefusals />
      <Terminals />
      <NewTerminal />
    </div>
  )
}

function Terminals() {
  const t = useWords(terminalWords)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['terminals'],
    queryFn: () => call('GET /api/terminals'),
  })
  if (error) return <Failed error={error} again={() => void refetch()} />
  if (isPending) return <Loading />
  if (data.data.length === 0) return <p className="quiet">{t.nothing}</p>
  return (
    <ScrollTable label={t.title}>
      <thead>
        <tr>
          <th scope="col">{t.name}</th>
          <th scope="col">{t.place}</th>
          <th scope="col">{t.state}</th>
          <th scope="col">{t.rights}</th>
          <th scope="col">{t.seenAt}</th>
          <th scope="col">{t.revoke}</th>
        </tr>
      </thead>
      <tbody>
        {data.data.map((terminal) => (
          <Row key={terminal.id} terminal={terminal} />
        ))}
      </tbody>
    </ScrollTable>
  )
}

function Row({ terminal }: { terminal: Terminal }) {
  const t = useWords(terminalWords)
  const { name, place, charset, asksPassword, takesPayments, seenAt, revokedAt } = terminal
  const settings = [
    t.charsets[charset],
    ...(asksPassword ? [t.asksPassword] : []),
    ...(takesPayments ? [t.takesPayments] : []),
  ]
  return (
    <tr>
      <td className="figures">{name}</td>
      <td>{place}</td>
      <td>
        {revokedAt === null ? <Badge tone="good">{t.inUse}</Badge> : <Badge tone="plain">{t.revoked}</Badge>}
      </td>
      <td>{settings.join(' · ')}</td>
      <td>{seenAt === null ? <span className="quiet">{t.never}</span> : <Stamp at={seenAt} />}</td>
      <td>{revokedAt === null ? <Revoke terminal={terminal} /> : <Stamp at={revokedAt} />}</td>
    </tr>
  )
}

function Revoke({ terminal: { id, name, place } }: { terminal: Terminal }) {
  const t = useWords(terminalWords)
  const client = useQueryClient()
  return (
    <Danger
      label={t.revoke}
      title={t.revokeTitle}
      confirm={t.revoke}
      reason="none"
      act={() => call('DELETE /api/terminals/:id', { params: { id } })}
      done={() => {
        say(t.revokeDone)
        void client.invalidateQueries({ queryKey: ['terminals'] })
      }}
    >
      <p>{t.revokeText(name, place)}</p>
    </Danger>
  )
}
