import { stampText, wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Badge, Stamp, type Tone } from '../frame/stamp.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { ReturnSteps } from './return-steps.tsx'
import { returnWords } from './words.ts'

type Return = AnswerOf<'GET /api/admin/returns'>['data'][number]

const keyOf = ({ id }: Return) => id
const linkOf = ({ orderId }: Return) => `/orders/${orderId}`

const TONES: Readonly<Record<Return['state'], Tone>> = {
  requested: 'waiting',
  approved: 'waiting',
  refused: 'plain',
  cancelled: 'plain',
  received: 'waiting',
  refunding: 'waiting',
  refunded: 'good',
  exchanged: 'good',
}

/** What customers ask back, and the next step of each. */
export function ReturnsPage() {
  const t = useWords(returnWords)
  const language = useLanguage()
  const columns: Column<Return>[] = [
    {
      id: 'number',
      header: t.number,
      text: ({ orderNumber }) => orderNumber,
      cell: ({ orderNumber }) => <span className="figures">{orderNumber}</span>,
    },
    { id: 'receiver', header: t.receiver, text: ({ receiverName }) => receiverName },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => t.states[state],
      cell: ({ state }) => <Badge tone={TONES[state]}>{t.states[state]}</Badge>,
    },
    { id: 'steps', header: t.steps, text: () => '', cell: (request) => <ReturnSteps request={request} /> },
    { id: 'kind', header: t.kind, text: ({ kind }) => t.kinds[kind] },
    { id: 'reason', header: t.reason, text: ({ reason }) => t.reasons[reason] },
    {
      id: 'note',
      header: t.note,
      text: ({ note }) => note ?? '',
      cell: ({ note }) => note !== null && <p className="wide-cell">{note}</p>,
    },
    {
      id: 'pieces',
      header: t.pieces,
      text: ({ lines }) => lines.map(({ lineNo, quantity }) => t.piece(lineNo, quantity)).join(', '),
    },
    {
      id: 'parcelFee',
      header: t.parcelFee,
      text: ({ parcelFee }) => parcelFee,
      cell: ({ parcelFee, paidBy, feeSettlement }) => (
        <>
          {wonText(parcelFee, language)}{' '}
          <span className="quiet">
            {t.paidBy[paidBy]}
            {feeSettlement !== null && ` · ${t.settlements[feeSettlement]}`}
          </span>
        </>
      ),
      isNumeric: true,
    },
    {
      id: 'requestedAt',
      header: t.requestedAt,
      text: ({ requestedAt }) => stampText(requestedAt),
      cell: ({ requestedAt }) => <Stamp at={requestedAt} />,
      sort: { up: 'oldest', down: 'newest' },
    },
  ]
  const filters: Filter[] = [
    { name: 'state', label: t.state, kind: 'choice', choices: choicesOf(t.states) },
    { name: 'kind', label: t.kind, kind: 'choice', choices: choicesOf(t.kinds) },
    { name: 'reason', label: t.reason, kind: 'choice', choices: choicesOf(t.reasons) },
    { name: 'number', label: t.number, kind: 'text' },
    { name: 'from', label: t.from, kind: 'date' },
    { name: 'to', label: t.to, kind: 'date' },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <ServerTable
        name="returns"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        linkOf={linkOf}
        live={['shop.return.', 'shop.order.']}
        load={({ page, size, sort, filter }) =>
          call('GET /api/admin/returns', {
            query: {
              page,
              size,
              sort: sort === 'oldest' ? 'oldest' : 'newest',
              state: keyIn(t.states, filter('state')),
              kind: keyIn(t.kinds, filter('kind')),
              reason: keyIn(t.reasons, filter('reason')),
              number: filter('number'),
              from: filter('from'),
              to: filter('to'),
            },
          })
        }
      />
    </div>
  )
}

const choicesOf = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }))

/** What stands in the address, if it is one of them. */
function keyIn<K extends string>(
  words: Readonly<Record<K, string>>,
  text: string | undefined,
): K | undefined {
  return (Object.keys(words) as K[]).find((key) => key === text)
}
