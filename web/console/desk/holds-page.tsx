import { useQueryClient } from '@tanstack/react-query'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, Stamp } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { deskWords } from './words.ts'

type Hold = AnswerOf<'GET /api/holds/desk'>['data'][number]

const STATES = ['shelved', 'waiting'] as const
const keyOf = ({ id }: Hold) => id
const isState = (state: string | undefined) => STATES.find((one) => one === state)

/** What stands on the hold shelf until when, and who waits. */
export function HoldsPage() {
  const t = useWords(deskWords)
  const client = useQueryClient()
  const stateOf = (state: Hold['state']) =>
    state === 'waiting' || state === 'shelved' ? t.holdStates[state] : state
  const columns: Column<Hold>[] = [
    { id: 'book', header: t.book, text: ({ book }) => book.title },
    { id: 'callNumber', header: t.callNumber, text: ({ callNumber }) => callNumber },
    { id: 'barcode', header: t.barcode, text: ({ barcode }) => barcode ?? '' },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => stateOf(state),
      cell: ({ state }) => <Badge tone={state === 'shelved' ? 'good' : 'waiting'}>{stateOf(state)}</Badge>,
    },
    {
      id: 'until',
      header: t.until,
      text: ({ shelfUntil }) => (shelfUntil === null ? '' : stampText(shelfUntil)),
      cell: ({ shelfUntil }) => <Stamp at={shelfUntil} />,
    },
    { id: 'ahead', header: t.ahead, isNumeric: true, text: ({ ahead }) => ahead ?? '' },
    {
      id: 'placedAt',
      header: t.placedAt,
      text: ({ placedAt }) => stampText(placedAt),
      cell: ({ placedAt }) => <Stamp at={placedAt} />,
    },
    {
      id: 'end',
      header: t.cancelHold,
      text: () => '',
      cell: ({ id, book }) => (
        <Danger
          label={t.cancelHold}
          title={t.cancelHold}
          confirm={t.cancelHold}
          reason="none"
          act={() => call('DELETE /api/holds/:id', { params: { id } })}
          done={() => {
            say(t.holdCancelled)
            void client.invalidateQueries({ queryKey: ['holds'] })
          }}
        >
          <p>{t.cancelHoldText(book.title)}</p>
        </Danger>
      ),
    },
  ]
  const filters: Filter[] = [
    {
      name: 'state',
      label: t.state,
      kind: 'choice',
      choices: STATES.map((value) => ({ value, label: t.holdStates[value] })),
    },
  ]
  return (
    <div className="page">
      <h1>{t.holds}</h1>
      <ServerTable
        name="holds"
        label={t.holds}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        live={['library.hold.']}
        load={({ page, size, filter }) =>
          call('GET /api/holds/desk', { query: { page, size, state: isState(filter('state')) } })
        }
      />
    </div>
  )
}
