import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, Won } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { deskWords } from './words.ts'

type Loan = AnswerOf<'GET /api/loans/desk'>['data'][number]

const STATES = ['overdue', 'active', 'pending', 'lost'] as const
const keyOf = ({ id }: Loan) => id
const isState = (state: string | undefined) => STATES.find((one) => one === state)

/** Loans that are late, longest first, or those in another state. */
export function OverduePage() {
  const t = useWords(deskWords)
  const language = useLanguage()
  const client = useQueryClient()
  const afterwards = (text: string) => {
    say(text)
    void client.invalidateQueries({ queryKey: ['overdue'] })
  }
  const columns: Column<Loan>[] = [
    { id: 'book', header: t.book, text: ({ book }) => book.title ?? book.id },
    {
      id: 'card',
      header: t.card,
      text: ({ card }) => card,
      cell: ({ card }) => (
        <Link to="/desk" search={{ card }} className="figures">
          {card}
        </Link>
      ),
    },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => t.states[state],
      cell: ({ state }) => (
        <Badge tone={state === 'overdue' || state === 'lost' ? 'bad' : 'plain'}>{t.states[state]}</Badge>
      ),
    },
    {
      id: 'due',
      header: t.due,
      text: ({ dueOn }) => dueOn,
      cell: ({ dueOn }) => <span className="figures">{dueOn}</span>,
    },
    {
      id: 'late',
      header: t.wouldBe,
      text: ({ wouldBe }) => (wouldBe ? `${t.late(wouldBe.lateDays)} ${wonText(wouldBe.fee, language)}` : ''),
      cell: ({ wouldBe }) =>
        wouldBe && (
          <>
            {t.late(wouldBe.lateDays)} · <Won amount={wouldBe.fee} />
          </>
        ),
    },
    { id: 'out', header: t.out, isNumeric: true, text: ({ out }) => out },
    {
      id: 'lost',
      header: t.lost,
      text: () => '',
      cell: ({ id, state, book }) =>
        state === 'lost' ? (
          <Danger
            label={t.found}
            title={t.found}
            confirm={t.found}
            reason="none"
            act={() => call('POST /api/loans/:id/found', { params: { id } })}
            done={() => afterwards(t.foundDone)}
          >
            <p>{book.title}</p>
          </Danger>
        ) : state === 'overdue' ? (
          <Danger
            label={t.lost}
            title={t.lost}
            confirm={t.lost}
            reason="none"
            act={() => call('POST /api/loans/:id/lost', { params: { id } })}
            done={() => afterwards(t.lostDone)}
          >
            <p>{t.lostText(book.title ?? '')}</p>
          </Danger>
        ) : null,
    },
  ]
  const filters: Filter[] = [
    {
      name: 'state',
      label: t.state,
      kind: 'choice',
      choices: STATES.map((value) => ({ value, label: t.states[value] })),
    },
  ]
  return (
    <div className="page">
      <h1>{t.overdue}</h1>
      <ServerTable
        name="overdue"
        label={t.overdue}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        live={['library.loan.']}
        load={({ page, size, filter }) =>
          call('GET /api/loans/desk', { query: { page, size, state: isState(filter('state')) ?? 'overdue' } })
        }
      />
    </div>
  )
}
