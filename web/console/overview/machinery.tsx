import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { Badge, Count } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { useWords } from '../words/use-words.ts'
import { overviewWords } from './words.ts'

const EVERY_MS = 5_000
const TONES = { closed: 'good', half_open: 'waiting', open: 'bad' } as const

/** How the payment providers are reached. */
export function Providers() {
  const t = useWords(overviewWords)
  const query = useQuery({
    queryKey: ['providers'],
    queryFn: () => call('GET /api/admin/providers'),
    refetchInterval: EVERY_MS,
  })
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const rows = query.data.data.flatMap(({ name, breakers }) =>
    breakers.map((breaker) => ({ name, ...breaker })),
  )
  return (
    <section className="panel" aria-label={t.providers}>
      <h2>{t.providers}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.provider}</th>
            <th scope="col">{t.operation}</th>
            <th scope="col">{t.state}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, operation, state }) => (
            <tr key={`${name} ${operation}`}>
              <td>{name}</td>
              <td>{operation}</td>
              <td>
                <Badge tone={TONES[state]}>{t.breaker[state]}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** How far events are behind. */
export function Delivery() {
  const t = useWords(overviewWords)
  const query = useQuery({
    queryKey: ['delivery'],
    queryFn: () => call('GET /api/admin/delivery'),
    refetchInterval: EVERY_MS,
  })
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const behind = query.data.subscribers.filter(({ pending, parked }) => pending > 0 || parked > 0)
  return (
    <section className="panel" aria-label={t.delivery}>
      <h2>{t.delivery}</h2>
      {behind.length === 0 ? (
        <p className="quiet">{t.upToDate}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{t.subscriber}</th>
              <th scope="col" className="right">
                {t.pending}
              </th>
              <th scope="col" className="right">
                {t.oldest}
              </th>
              <th scope="col" className="right">
                {t.setAside}
              </th>
            </tr>
          </thead>
          <tbody>
            {behind.map(({ name, pending, oldestSeconds, parked }) => (
              <tr key={name}>
                <td>{name}</td>
                <td className="right">
                  <Count of={pending} />
                </td>
                <td className="right figures">{t.seconds(oldestSeconds)}</td>
                <td className="right">
                  <Count of={parked} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
