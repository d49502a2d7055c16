import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type AnswerOf, call } from '../api/call.ts'
import { ServiceTabs, useService } from '../frame/services.tsx'
import { Stamp } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { recordWords } from './words.ts'

type Kept = AnswerOf<'GET /api/admin/retention'>['data'][number]
type Counted = AnswerOf<'GET /api/admin/retention/due'>['data'][number]

const route = getRouteApi('/records')

/** For how long which records are kept, what was cleared last, and what would be cleared now. */
export function RecordsPage() {
  const t = useWords(recordWords)
  const at = useService(route.useSearch().at)
  const terms = useQuery({
    queryKey: ['retention', at ?? 'shop'],
    queryFn: () => call('GET /api/admin/retention', { at }),
  })
  const counts = useQuery({
    queryKey: ['retention-due', at ?? 'shop'],
    queryFn: () => call('GET /api/admin/retention/due', { at }),
    enabled: false,
  })
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <ServiceTabs at={at} />
      <p className="quiet">{t.lead}</p>
      {terms.isPending && <Loading />}
      {terms.isError && <Failed error={terms.error} again={() => void terms.refetch()} />}
      {terms.data && (
        <>
          <p className="page-head">
            <span>
              {t.next}: <Stamp at={terms.data.nextRunAt} />
            </span>
            <button type="button" disabled={counts.isFetching} onClick={() => void counts.refetch()}>
              {t.count}
            </button>
          </p>
          {counts.isError && <Failed error={counts.error} />}
          <Terms kinds={terms.data.data} counts={counts.data?.data} />
        </>
      )}
    </div>
  )
}

function Terms({ kinds, counts }: { kinds: readonly Kept[]; counts: readonly Counted[] | undefined }) {
  const t = useWords(recordWords)
  return (
    <ScrollTable label={t.title}>
      <thead>
        <tr>
          {[t.kind, t.term, t.before, t.removes, t.keeps, t.last, t.due].map((heading) => (
            <th key={heading} scope="col">
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {kinds.map((kept) => (
          <tr key={kept.kind}>
            <td>
              <code>{kept.kind}</code>
            </td>
            <td>
              <Term of={kept} />
            </td>
            <td className="figures">{t.beforeDay(dayOf(kept.endedBefore))}</td>
            <td>{kept.removes}</td>
            <td>{kept.keeps}</td>
            <td>
              <LastRun of={kept} />
            </td>
            <td className="figures">
              <Due count={counts?.find(({ kind }) => kind === kept.kind)} />
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}

function Term({ of: { term, basis } }: { of: Kept }) {
  const t = useWords(recordWords)
  return (
    <>
      <strong>{inWords(term, t)}</strong> <span className="quiet">{basis}</span>
    </>
  )
}

/** `P5Y`; terms have one unit. */
function inWords(term: string, t: Pick<typeof recordWords.ko, 'years' | 'months' | 'days'>): string {
  const [, count = '', unit = ''] = /^P(\d+)([YMD])$/.exec(term) ?? []
  const words: Readonly<Record<string, (count: number) => string>> = { Y: t.years, M: t.months, D: t.days }
  return words[unit]?.(Number(count)) ?? term
}

function LastRun({ of: { lastRun } }: { of: Kept }) {
  const t = useWords(recordWords)
  if (lastRun === null) return <span className="quiet">{t.never}</span>
  return (
    <>
      <Stamp at={lastRun.startedAt} /> <span className="figures">{t.removed(lastRun.removed)}</span>
      {lastRun.finishedAt === null && <span className="quiet"> {t.unfinished}</span>}
    </>
  )
}

function Due({ count }: { count: Counted | undefined }) {
  const t = useWords(recordWords)
  if (count === undefined) return '–'
  return count.more ? t.more(count.count) : t.removed(count.count)
}

const SEOUL = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Seoul' })
const dayOf = (at: string) => SEOUL.format(new Date(at))
