import { useNavigate, useSearch } from '@tanstack/react-router'
import { stampText, wonText } from '../../ui/format.ts'
import { call } from '../api/call.ts'
import { Stamp } from '../frame/stamp.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { ProposePrice } from './propose-price.tsx'
import {
  STATES,
  SUBSCRIPTION_NEWS,
  type Subscription,
  SubscriptionState,
  usePeriodText,
} from './subscription.tsx'
import { subscriptionWords } from './words.ts'

const keyOf = ({ id }: Subscription) => id
const linkOf = ({ id }: Subscription) => `/subscriptions/${id}`

/** Everybody's subscriptions, newest first; of one item those whose price can be proposed anew. */
export function SubscriptionsPage() {
  const t = useWords(subscriptionWords)
  const language = useLanguage()
  const periodText = usePeriodText()
  const search: Readonly<Record<string, string | undefined>> = useSearch({ strict: false })
  const navigate = useNavigate()
  const columns: Column<Subscription>[] = [
    {
      id: 'item',
      header: t.item,
      text: ({ item }) => item.name ?? item.id,
      cell: ({ item }) => <p className="wide-cell">{item.name ?? item.id}</p>,
    },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => t.states[state],
      cell: ({ state }) => <SubscriptionState state={state} />,
    },
    { id: 'quantity', header: t.quantity, text: ({ quantity }) => quantity, isNumeric: true },
    {
      id: 'unitPrice',
      header: t.unitPrice,
      text: ({ unitPrice }) => unitPrice,
      cell: ({ unitPrice }) => wonText(unitPrice, language),
      isNumeric: true,
    },
    {
      id: 'pending',
      header: t.pending,
      text: ({ pendingPrice }) => pendingPrice?.unitPrice ?? '',
      cell: ({ pendingPrice }) => (pendingPrice === null ? '–' : wonText(pendingPrice.unitPrice, language)),
      isNumeric: true,
    },
    {
      id: 'amount',
      header: t.amount,
      text: ({ amount }) => amount,
      cell: ({ amount }) => wonText(amount, language),
      isNumeric: true,
    },
    {
      id: 'period',
      header: t.period,
      text: ({ period }) => periodText(period),
      cell: ({ period }) => <span className="figures">{periodText(period)}</span>,
    },
    {
      id: 'next',
      header: t.next,
      text: ({ nextCharge }) => nextCharge?.chargeOn ?? '–',
      cell: ({ nextCharge }) => <span className="figures">{nextCharge?.chargeOn ?? '–'}</span>,
    },
    {
      id: 'startedAt',
      header: t.startedAt,
      text: ({ startedAt }) => stampText(startedAt),
      cell: ({ startedAt }) => <Stamp at={startedAt} />,
    },
    { id: 'customer', header: t.customer, text: ({ customerId }) => customerId },
  ]
  const filters: Filter[] = [
    {
      name: 'state',
      label: t.state,
      kind: 'choice',
      choices: [
        { value: 'living', label: t.living },
        ...STATES.map((value) => ({ value, label: t.states[value] })),
      ],
    },
    { name: 'itemId', label: t.itemId, kind: 'text' },
    { name: 'customerId', label: t.customer, kind: 'text' },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <ServerTable
        name="subscriptions"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        linkOf={linkOf}
        live={SUBSCRIPTION_NEWS}
        load={({ page, size, filter }) => {
          const state = filter('state')
          return call('GET /api/admin/subscriptions', {
            query: {
              page,
              size,
              state: STATES.find((known) => known === state),
              isLiving: state === 'living' ? true : undefined,
              itemId: filter('itemId'),
              customerId: filter('customerId'),
            },
          })
        }}
        // A price is one of an item: rows of several items are not given the same one.
        {...(search.itemId === undefined
          ? {}
          : {
              batch: (chosen: readonly Subscription[], done: () => void) => (
                <ProposePrice subscriptions={chosen} done={done} />
              ),
            })}
        tools={
          search.itemId === undefined ? undefined : (
            <button
              type="button"
              className="bare"
              onClick={() => void navigate({ to: '/items/$itemId', params: { itemId: search.itemId ?? '' } })}
            >
              ← {t.item}
            </button>
          )
        }
      />
    </div>
  )
}
