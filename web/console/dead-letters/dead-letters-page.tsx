import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ServiceApart } from '../../pages/console/session.ts'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { ServiceTabs, useService } from '../frame/services.tsx'
import { Stamp } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import type { Column } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { deadLetterWords } from './words.ts'

/** A letter, and the service it was read from: that one and no other can send it again. */
type Letter = AnswerOf<'GET /api/admin/dead-letters'>['data'][number] & { at: ServiceApart | undefined }

const keyOf = ({ at, kind, id }: Letter) => `${at ?? 'shop'}-${kind}-${id}`
const MOST = 100
const route = getRouteApi('/dead-letters')

/** Each service that runs apart has its own. */
function useLetters() {
  const client = useQueryClient()
  const at = useService(route.useSearch().at)
  return {
    at,
    load: async () => {
      const page = await call('GET /api/admin/dead-letters', { at, query: { size: MOST } })
      return { ...page, data: page.data.map((letter): Letter => ({ ...letter, at })) }
    },
    askAgain: () => void client.invalidateQueries({ queryKey: ['dead-letters'] }),
  }
}

const replay = ({ at, kind, id }: Letter) =>
  call('POST /api/admin/dead-letters/:kind/:id/replay', { at, params: { kind, id } })

/** What could not be handled, with the reason, and the ways out. */
export function DeadLettersPage() {
  const t = useWords(deadLetterWords)
  const { at, load } = useLetters()
  const columns: Column<Letter>[] = [
    {
      id: 'since',
      header: t.since,
      text: ({ since }) => stampText(since),
      cell: ({ since }) => <Stamp at={since} />,
    },
    { id: 'kind', header: t.kind, text: ({ kind }) => t.kinds[kind] },
    { id: 'name', header: t.name, text: ({ name }) => name },
    { id: 'subscriber', header: t.subscriber, text: ({ subscriber }) => subscriber ?? '' },
    { id: 'subject', header: t.subject, text: ({ subject }) => subject ?? '' },
    { id: 'reason', header: t.reason, text: ({ reason }) => reason ?? '' },
    {
      id: 'payload',
      header: t.payload,
      text: ({ data }) => JSON.stringify(data),
      cell: ({ data }) => (
        <details>
          <summary>{t.payload}</summary>
          <pre>{JSON.stringify(data, undefined, 1)}</pre>
        </details>
      ),
    },
    { id: 'act', header: t.act, text: () => '', cell: (letter) => <Ways letter={letter} /> },
  ]
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <BySubscriber />
        </div>
      </div>
      <p className="quiet">{t.explained}</p>
      <ServiceTabs at={at} />
      <ServerTable
        name="dead-letters"
        label={t.title}
        columns={columns}
        keyOf={keyOf}
        live={['']}
        at={at}
        load={load}
        nothing={t.nothing}
        batch={(letters, done) => <ReplaySelected letters={letters} done={done} />}
      />
    </div>
  )
}

function Ways({ letter }: { letter: Letter }) {
  const t = useWords(deadLetterWords)
  const { askAgain } = useLetters()
  const { at, kind, id, name, subscriber } = letter
  const again = async () => {
    try {
      await replay(letter)
      say(t.replayed)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    askAgain()
  }
  return (
    <div className="tools">
      <button type="button" onClick={() => void again()}>
        {t.replay}
      </button>
      {kind === 'event' && (
        <Danger
          label={t.discard}
          title={t.discardTitle}
          confirm={t.discard}
          reason="none"
          act={() => call('DELETE /api/admin/dead-letters/event/:id', { at, params: { id: Number(id) } })}
          done={() => {
            say(t.discarded)
            askAgain()
          }}
        >
          <p>{t.discardSays(subscriber ?? '', name)}</p>
        </Danger>
      )}
    </div>
  )
}

function ReplaySelected({ letters, done }: { letters: readonly Letter[]; done(): void }) {
  const t = useWords(deadLetterWords)
  const { askAgain } = useLetters()
  return (
    <Danger
      label={t.replayAll(letters.length)}
      title={t.replayAllTitle(letters.length)}
      confirm={t.replay}
      reason="none"
      act={async () => {
        for (const letter of letters) await replay(letter)
      }}
      done={() => {
        say(t.counted(letters.length))
        done()
        askAgain()
      }}
    >
      <p>{t.replayAllSays}</p>
    </Danger>
  )
}

/** Everything that one subscriber could not handle, also what is not on this page. */
function BySubscriber() {
  const t = useWords(deadLetterWords)
  const { at, load, askAgain } = useLetters()
  const { data } = useQuery({
    queryKey: ['dead-letters', 'subscribers', at],
    queryFn: load,
    meta: { live: [''], at },
  })
  const subscribers = [...new Set((data?.data ?? []).flatMap(({ subscriber }) => subscriber ?? []))]
  return subscribers.map((subscriber) => (
    <Danger
      key={`${at ?? 'shop'}-${subscriber}`}
      label={t.ofSubscriber(subscriber)}
      title={t.ofSubscriber(subscriber)}
      confirm={t.replay}
      reason="none"
      act={async () => {
        let all = 0
        for (;;) {
          const { count } = await call('POST /api/admin/dead-letters/events/replay', {
            at,
            body: { subscriber },
          })
          all += count
          if (count === 0) return all
        }
      }}
      done={(count) => {
        say(t.counted(count))
        askAgain()
      }}
    >
      <p>{t.ofSubscriberSays(subscriber)}</p>
    </Danger>
  ))
}
