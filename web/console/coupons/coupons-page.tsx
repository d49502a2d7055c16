import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { stampText, wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { useCategories } from '../api/use-categories.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, Stamp, type Tone, Won } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { couponWords } from './words.ts'

type Coupon = AnswerOf<'GET /api/admin/coupons'>['data'][number]

const STATES = ['planned', 'running', 'used_up', 'over'] as const
const TONES: Readonly<Record<Coupon['state'], Tone>> = {
  planned: 'waiting',
  running: 'good',
  used_up: 'plain',
  over: 'plain',
}
const keyOf = ({ id }: Coupon) => id

/** Coupons that are or were on offer, and the way to end one. */
export function CouponsPage() {
  const t = useWords(couponWords)
  const language = useLanguage()
  const categories = useCategories().data?.data ?? []
  const nameOf = (wanted: string) => categories.find(({ code }) => code === wanted)?.name[language] ?? wanted
  const offOf = ({ off }: Coupon) => {
    if (off.kind === 'amount') return wonText(off.amount, language)
    return off.most === null
      ? t.percentOff(off.percent)
      : t.percentUpTo(off.percent, wonText(off.most, language))
  }
  const columns: Column<Coupon>[] = [
    { id: 'name', header: t.name, text: ({ name }) => name },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => t.states[state],
      cell: ({ state }) => <Badge tone={TONES[state]}>{t.states[state]}</Badge>,
    },
    { id: 'off', header: t.off, text: offOf },
    {
      id: 'minimum',
      header: t.minimum,
      text: ({ minimum }) => minimum,
      cell: ({ minimum }) => <Won amount={minimum} />,
      isNumeric: true,
    },
    {
      id: 'customers',
      header: t.customers,
      text: ({ firstOrder, boughtBefore }) =>
        t.groups[firstOrder ? 'first' : boughtBefore ? 'before' : 'all'],
    },
    {
      id: 'categories',
      header: t.categories,
      text: ({ categories: of }) => (of ?? []).map(nameOf).join(', '),
    },
    { id: 'code', header: t.code, text: ({ code }) => code ?? '' },
    {
      id: 'uses',
      header: t.uses,
      text: ({ uses, budget }) => (budget === null ? uses : t.usesOf(uses, budget)),
      isNumeric: true,
    },
    {
      id: 'startsAt',
      header: t.startsAt,
      text: ({ startsAt }) => stampText(startsAt),
      cell: ({ startsAt }) => <Stamp at={startsAt} />,
    },
    {
      id: 'endsAt',
      header: t.endsAt,
      text: ({ endsAt, endedAt }) => stampText(endedAt ?? endsAt),
      cell: ({ endsAt, endedAt }) => <Stamp at={endedAt ?? endsAt} />,
    },
    { id: 'end', header: t.end, text: () => '', cell: (coupon) => <End coupon={coupon} /> },
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
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <Link to="/coupons/new" className="button">
            {t.add}
          </Link>
        </div>
      </div>
      <ServerTable
        name="coupons"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        live={['shop.order.']}
        nothing={t.nothing}
        load={({ page, size, filter }) =>
          call('GET /api/admin/coupons', {
            query: { page, size, state: STATES.find((state) => state === filter('state')) },
          })
        }
      />
    </div>
  )
}

function End({ coupon: { id, name, uses, state } }: { coupon: Coupon }) {
  const t = useWords(couponWords)
  const client = useQueryClient()
  if (state === 'over') return null
  return (
    <Danger
      label={t.end}
      title={t.endTitle}
      confirm={t.end}
      reason="none"
      act={() => call('POST /api/admin/coupons/:id/end', { params: { id }, body: {} })}
      done={() => {
        say(t.ended)
        void client.invalidateQueries({ queryKey: ['coupons'] })
      }}
    >
      <p>{t.endSays(name, uses)}</p>
    </Danger>
  )
}
