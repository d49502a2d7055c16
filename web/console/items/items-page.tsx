import { Link } from '@tanstack/react-router'
import { stampText, wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Badge, Stamp, type Tone } from '../frame/stamp.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { noticeWords } from './notice/words.ts'
import { itemWords } from './words.ts'

type Item = AnswerOf<'GET /api/admin/items'>['data'][number]

const keyOf = ({ id }: Item) => id
const linkOf = ({ id }: Item) => `/items/${id}`

const TONES: Readonly<Record<Item['status'], Tone>> = {
  on_sale: 'good',
  sold_out: 'waiting',
  hidden: 'plain',
}
const STATUSES = Object.keys(TONES) as Item['status'][]

const NOTICES = ['incomplete', 'complete'] as const

/** How few pieces are left. */
const FEW = [0, 10, 50]

export function ItemStatus({ status }: { status: Item['status'] }) {
  const t = useWords(itemWords)
  return <Badge tone={TONES[status]}>{t.statuses[status]}</Badge>
}

/** Every item, hidden ones too. */
export function ItemsPage() {
  const t = useWords(itemWords)
  const notice = useWords(noticeWords)
  const language = useLanguage()
  const columns: Column<Item>[] = [
    {
      id: 'name',
      header: t.name,
      text: ({ name }) => name,
      cell: ({ name }) => <p className="wide-cell">{name}</p>,
    },
    {
      id: 'enterprise',
      header: t.enterprise,
      text: ({ enterprise }) => enterprise,
      cell: ({ enterprise }) => <p className="wide-cell">{enterprise}</p>,
    },
    {
      id: 'status',
      header: t.status,
      text: ({ status }) => t.statuses[status],
      cell: (item) => <ItemStatus {...item} />,
    },
    {
      id: 'originPrice',
      header: t.originPrice,
      text: ({ originPrice }) => originPrice,
      cell: ({ originPrice }) => wonText(originPrice, language),
      isNumeric: true,
    },
    {
      id: 'discount',
      header: t.discount,
      text: ({ discountPercent }) => discountPercent,
      cell: ({ discountPercent }) => (discountPercent === 0 ? '–' : `${discountPercent} %`),
      isNumeric: true,
    },
    {
      id: 'realPrice',
      header: t.realPrice,
      text: ({ realPrice }) => realPrice,
      cell: ({ realPrice }) => wonText(realPrice, language),
      isNumeric: true,
    },
    { id: 'viewCount', header: t.viewCount, text: ({ viewCount }) => viewCount, isNumeric: true },
    { id: 'onHand', header: t.onHand, text: ({ stock }) => stock.onHand, isNumeric: true },
    { id: 'held', header: t.held, text: ({ stock }) => stock.held, isNumeric: true },
    {
      id: 'notice',
      header: notice.count,
      text: ({ noticeLacks }) => noticeLacks.length,
      cell: ({ noticeLacks: { length } }) => (length === 0 ? '–' : String(length)),
      isNumeric: true,
    },
    {
      id: 'statement',
      header: t.statement,
      text: ({ statementNumber }) => statementNumber,
      cell: ({ statementNumber }) => <span className="figures">{statementNumber}</span>,
    },
    {
      id: 'updatedAt',
      header: t.updatedAt,
      text: ({ updatedAt }) => stampText(updatedAt),
      cell: ({ updatedAt }) => <Stamp at={updatedAt} />,
    },
  ]
  const filters: Filter[] = [
    { name: 'keyword', label: t.keyword, kind: 'text' },
    {
      name: 'status',
      label: t.status,
      kind: 'choice',
      choices: STATUSES.map((value) => ({ value, label: t.statuses[value] })),
    },
    {
      name: 'notice',
      label: notice.filter,
      kind: 'choice',
      choices: NOTICES.map((value) => ({ value, label: notice.states[value] })),
    },
    {
      name: 'freeAtMost',
      label: t.freeAtMost,
      kind: 'choice',
      choices: FEW.map((count) => ({ value: String(count), label: t.atMost(count) })),
    },
  ]
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <Link to="/items/new" className="button main">
            {t.add}
          </Link>
          <Link to="/items/table" className="button">
            {t.byTable}
          </Link>
          <Link to="/items/register" className="button">
            {t.register}
          </Link>
        </div>
      </div>
      <ServerTable
        name="items"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        linkOf={linkOf}
        live={['shop.catalog.']}
        load={({ page, size, filter }) =>
          call('GET /api/admin/items', {
            query: {
              page,
              size,
              keyword: filter('keyword'),
              status: STATUSES.find((status) => status === filter('status')),
              notice: NOTICES.find((state) => state === filter('notice')),
              freeAtMost: FEW.find((count) => String(count) === filter('freeAtMost')),
            },
          })
        }
      />
    </div>
  )
}
