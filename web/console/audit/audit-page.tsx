import { getRouteApi } from '@tanstack/react-router'
import { stampText } from '../../ui/format.ts'
import type { AnswerOf } from '../api/call.ts'
import { call } from '../api/call.ts'
import { ServiceTabs, useService } from '../frame/services.tsx'
import { Stamp } from '../frame/stamp.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { beginOf } from '../table/days.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { auditWords } from './words.ts'

type Entry = AnswerOf<'GET /api/admin/audit'>['data'][number]

const route = getRouteApi('/audit')
const keyOf = ({ id }: Entry) => id

/** Who saw or changed what, when and why. */
export function AuditPage() {
  const t = useWords(auditWords)
  const at = useService(route.useSearch().at)
  const columns: Column<Entry>[] = [
    { id: 'at', header: t.at, text: ({ at }) => stampText(at), cell: ({ at }) => <Stamp at={at} /> },
    { id: 'actor', header: t.actor, text: ({ actorId }) => actorId },
    {
      id: 'action',
      header: t.action,
      text: ({ action }) => `${saidOf(t, action)} (${action})`,
      // The code beside it is what the filter takes.
      cell: ({ action }) => (
        <>
          {saidOf(t, action)} <code>{action}</code>
        </>
      ),
    },
    {
      id: 'subject',
      header: t.subject,
      text: ({ subject: { type, id } }) => `${wordOf(t.subjects, type)} ${id}`,
    },
    { id: 'reason', header: t.reason, text: ({ reason }) => reason ?? '' },
    {
      id: 'facts',
      header: t.facts,
      text: ({ before, after }) => JSON.stringify({ before, after }),
      cell: ({ before, after }) => <Facts before={before} after={after} />,
    },
  ]
  const filters: Filter[] = [
    { name: 'actorId', label: t.actor, kind: 'text' },
    { name: 'action', label: t.action, kind: 'text' },
    { name: 'subjectId', label: t.subjectId, kind: 'text' },
    { name: 'from', label: t.from, kind: 'date' },
    { name: 'to', label: t.to, kind: 'date' },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <ServiceTabs at={at} />
      <ServerTable
        name="audit"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        at={at}
        load={({ after, size, filter }) =>
          call('GET /api/admin/audit', {
            at,
            query: {
              after,
              size,
              actorId: filter('actorId'),
              action: filter('action'),
              subjectId: filter('subjectId'),
              from: momentOf(filter('from')),
              to: momentOf(filter('to'), 1),
            },
          })
        }
      />
    </div>
  )
}

type AuditWords = Pick<(typeof auditWords)['en'], 'actions' | 'operation'>

/** What was done, in words; of an operation that was asked for there is only its name. */
function saidOf({ actions, operation }: AuditWords, action: string): string {
  return action.startsWith('operation.') ? operation : wordOf(actions, action)
}

/** What an older version wrote down may have no word any more: then the code says it. */
function wordOf(words: Readonly<Record<string, string>>, code: string): string {
  return words[code] ?? code
}

const momentOf = (day: string | undefined, later = 0) => (day === undefined ? undefined : beginOf(day, later))

function Facts({ before, after }: Pick<Entry, 'before' | 'after'>) {
  const t = useWords(auditWords)
  if (before === null && after === null) return null
  return (
    <details>
      <summary>{t.facts}</summary>
      {before !== null && (
        <pre>
          {t.before} {JSON.stringify(before, undefined, 1)}
        </pre>
      )}
      {after !== null && (
        <pre>
          {t.after} {JSON.stringify(after, undefined, 1)}
        </pre>
      )}
    </details>
  )
}
