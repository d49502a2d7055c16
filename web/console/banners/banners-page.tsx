import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Badge, Stamp, type Tone } from '../frame/stamp.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import type { Column } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { bannerWords } from './words.ts'

type Banner = AnswerOf<'GET /api/admin/banners'>['data'][number] & {
  /** All of them in the order in which this one is shown. */
  readonly shownAs: readonly string[]
}

const MOST_SHOWN = 4
const TONES: Readonly<Record<Banner['state'], Tone>> = {
  planned: 'waiting',
  shown: 'good',
  waiting: 'waiting',
  over: 'plain',
  hidden: 'plain',
}
const keyOf = ({ id }: Pick<Banner, 'id'>) => id
const linkOf = ({ id }: Banner) => `/banners/${id}`
async function load(): Promise<{ data: Banner[] }> {
  const { data } = await call('GET /api/admin/banners')
  const shownAs = data.map(keyOf)
  return { data: data.map((banner) => ({ ...banner, shownAs })) }
}

/** All banners in their order, which is changed here. */
export function BannersPage() {
  const t = useWords(bannerWords)
  const language = useLanguage()
  const client = useQueryClient()
  const [error, setError] = useState<unknown>()
  const [moving, setMoving] = useState(false)
  // In the order that is shown: where a colleague has made another one meanwhile it is refused, and the new one is shown.
  const move = async ({ id, title, shownAs }: Banner, by: -1 | 1) => {
    const ids = [...shownAs]
    const from = ids.indexOf(id)
    const other = ids[from + by]
    if (other === undefined) return
    ids[from] = other
    ids[from + by] = id
    setError(undefined)
    setMoving(true)
    try {
      await call('PUT /api/admin/banners/order', { body: { ids, was: shownAs } })
      say(t.moved(title[language]))
    } catch (failure) {
      setError(failure)
    }
    await client.invalidateQueries({ queryKey: ['banners'] })
    setMoving(false)
  }
  const columns: Column<Banner>[] = [
    { id: 'name', header: t.name, text: ({ title }) => title[language] },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => t.states[state],
      cell: ({ state }) => <Badge tone={TONES[state]}>{t.states[state]}</Badge>,
    },
    {
      id: 'address',
      header: t.leadsTo,
      // What the merchant wrote is shown as it is; the other addresses are made by the server.
      text: ({ address, target }) => (target.kind === 'page' ? address : decodeURI(address)),
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
      text: ({ endsAt }) => stampText(endsAt),
      cell: ({ endsAt }) => <Stamp at={endsAt} />,
    },
    {
      id: 'order',
      header: t.order,
      text: () => '',
      cell: (banner) => (
        <span className="tools">
          <button
            type="button"
            aria-label={t.up(banner.title[language])}
            disabled={moving}
            onClick={() => void move(banner, -1)}
          >
            ↑
          </button>
          <button
            type="button"
            aria-label={t.down(banner.title[language])}
            disabled={moving}
            onClick={() => void move(banner, 1)}
          >
            ↓
          </button>
        </span>
      ),
    },
  ]
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <Link to="/banners/new" className="button">
            {t.add}
          </Link>
        </div>
      </div>
      <p className="quiet">{t.lead(MOST_SHOWN)}</p>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <ServerTable
        name="banners"
        label={t.title}
        columns={columns}
        keyOf={keyOf}
        linkOf={linkOf}
        nothing={t.nothing}
        load={load}
      />
    </div>
  )
}
