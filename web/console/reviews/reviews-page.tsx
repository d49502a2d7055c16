import { useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Stamp } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import type { Column } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { reviewWords } from './words.ts'

type Review = AnswerOf<'GET /api/admin/reviews'>['data'][number]

const keyOf = ({ id }: Review) => id

/** Reviews that somebody has reported, most reports first, and those that were hidden. */
export function ReviewsPage() {
  const t = useWords(reviewWords)
  const reasons: Readonly<Record<string, string>> = t.reasons
  const reportsOf = ({ reports }: Review) =>
    Object.entries(reports)
      .map(([reason, count]) => t.count(reasons[reason] ?? reason, count))
      .join(', ')
  const columns: Column<Review>[] = [
    {
      id: 'body',
      header: t.body,
      text: ({ body }) => body,
      cell: ({ body, pictures, hideReason }) => (
        <>
          <p className="told">{body}</p>
          {/* Of a hidden review they are hidden from everybody. */}
          {(hideReason === null ? pictures : []).map(({ id, address, sizes }, index) => (
            <a key={id} href={address} target="_blank" rel="noreferrer" aria-label={t.picture(index + 1)}>
              <img src={sizes[0]?.address} alt="" width="56" height="56" loading="lazy" />
            </a>
          ))}
        </>
      ),
    },
    { id: 'stars', header: t.stars, text: ({ stars }) => stars, isNumeric: true },
    { id: 'author', header: t.author, text: ({ author }) => author || t.left },
    { id: 'reports', header: t.reports, text: reportsOf },
    {
      id: 'item',
      header: t.item,
      text: ({ itemId }) => itemId,
      cell: ({ itemId }) => (
        <Link to="/items/$itemId" params={{ itemId }}>
          {t.see}
        </Link>
      ),
    },
    {
      id: 'writtenAt',
      header: t.writtenAt,
      text: ({ writtenAt }) => stampText(writtenAt),
      cell: ({ writtenAt }) => <Stamp at={writtenAt} />,
    },
    { id: 'hideReason', header: t.hideReason, text: ({ hideReason }) => hideReason ?? '' },
    { id: 'decide', header: t.decide, text: () => '', cell: (review) => <Decide review={review} /> },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <ServerTable
        name="reviews"
        label={t.title}
        columns={columns}
        tools={<Which />}
        keyOf={keyOf}
        live={['shop.review.']}
        load={({ page, size, filter }) =>
          call('GET /api/admin/reviews', {
            query: { page, size, state: filter('state') === 'hidden' ? 'hidden' : 'reported' },
          })
        }
      />
    </div>
  )
}

/** Those that wait for a decision, or those that were hidden by one. */
function Which() {
  const t = useWords(reviewWords)
  const search: Readonly<Record<string, string | undefined>> = useSearch({ strict: false })
  const isHidden = search.state === 'hidden'
  return (
    <nav className="choices" aria-label={t.which}>
      <Link to="/reviews" search={{}} className="button" aria-current={isHidden ? undefined : 'page'}>
        {t.reported}
      </Link>
      <Link
        to="/reviews"
        search={{ state: 'hidden' }}
        className="button"
        aria-current={isHidden ? 'page' : undefined}
      >
        {t.hidden}
      </Link>
    </nav>
  )
}

function Decide({ review }: { review: Review }) {
  const t = useWords(reviewWords)
  const client = useQueryClient()
  const params = { id: review.id }
  const author = review.author || t.left
  const done = (text: string) => {
    say(text)
    void client.invalidateQueries({ queryKey: ['reviews'] })
  }
  if (review.hiddenAt !== null)
    return (
      <Danger
        label={t.show}
        title={t.showTitle}
        confirm={t.show}
        reason="none"
        act={() => call('POST /api/admin/reviews/:id/show', { params })}
        done={() => done(t.showDone)}
      >
        <p>{t.showSays(author)}</p>
        <blockquote className="told">{review.body}</blockquote>
      </Danger>
    )
  return (
    <Danger
      label={t.hide}
      title={t.hideTitle}
      confirm={t.hide}
      reasonLabel={t.hideReasonLabel}
      mostReason={200}
      act={({ reason }) => call('POST /api/admin/reviews/:id/hide', { params, body: { reason } })}
      done={() => done(t.hideDone)}
    >
      <p>{t.hideSays(author)}</p>
      <blockquote className="told">{review.body}</blockquote>
    </Danger>
  )
}
