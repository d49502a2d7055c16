import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, Stamp } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { AnswerCell, type Drafts } from './answer-cell.tsx'
import { questionWords } from './words.ts'

export type Question = AnswerOf<'GET /api/admin/questions'>['data'][number]

const STATES = ['all', 'unanswered', 'answered', 'hidden'] as const

const keyOf = ({ id }: Question) => id
const stateOf = ({ hideReason, answer }: Question) => {
  if (hideReason !== null) return 'hidden'
  return answer === null ? 'unanswered' : 'answered'
}
const TONES = { hidden: 'plain', unanswered: 'waiting', answered: 'good' } as const

/** What customers ask about items: who has waited longest comes first, and is answered in the row. */
export function QuestionsPage() {
  const t = useWords(questionWords)
  const [drafts] = useState((): Drafts => new Map())
  const columns: Column<Question>[] = [
    {
      id: 'state',
      header: t.state,
      text: (question) => t.states[stateOf(question)],
      cell: (question) => <Badge tone={TONES[stateOf(question)]}>{t.states[stateOf(question)]}</Badge>,
    },
    {
      id: 'question',
      header: t.question,
      text: ({ body, isPrivate }) => (isPrivate ? `[${t.private}] ${body}` : body),
      cell: ({ body, isPrivate, hideReason }) => (
        <div className="told wide-cell">
          {isPrivate && <Badge tone="plain">{t.private}</Badge>} {body}
          {hideReason !== null && <p className="quiet">{t.hiddenFor(hideReason)}</p>}
        </div>
      ),
    },
    {
      id: 'answer',
      header: t.answer,
      text: ({ answer }) => answer?.body ?? '',
      cell: (question) => <AnswerCell question={question} drafts={drafts} />,
    },
    {
      id: 'item',
      header: t.item,
      text: ({ itemName }) => itemName ?? t.unknownItem,
      cell: ({ itemId, itemName }) => (
        <Link to="/items/$itemId" params={{ itemId }}>
          {itemName ?? t.unknownItem}
        </Link>
      ),
    },
    { id: 'asker', header: t.asker, text: ({ author }) => author || t.left },
    {
      id: 'askedAt',
      header: t.askedAt,
      text: ({ askedAt }) => stampText(askedAt),
      cell: ({ askedAt }) => <Stamp at={askedAt} />,
    },
    { id: 'decide', header: t.decide, text: () => '', cell: (question) => <Decide question={question} /> },
  ]
  const filters: Filter[] = [
    {
      name: 'state',
      label: t.state,
      kind: 'choice',
      initially: 'all',
      choices: STATES.map((value) => ({ value, label: t.states[value] })),
    },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <ServerTable
        name="questions"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        live={['shop.question.']}
        nothing={t.nothing}
        load={({ page, size, filter }) =>
          call('GET /api/admin/questions', {
            query: {
              page,
              size,
              state: STATES.find((state) => state === filter('state')),
              itemId: filter('itemId'),
            },
          })
        }
      />
    </div>
  )
}

function Decide({ question }: { question: Question }) {
  const t = useWords(questionWords)
  const client = useQueryClient()
  const params = { id: question.id }
  const asker = question.author || t.left
  const done = (text: string) => {
    say(text)
    void client.invalidateQueries({ queryKey: ['questions'] })
  }
  if (question.hideReason !== null)
    return (
      <Danger
        label={t.show}
        title={t.showTitle}
        confirm={t.show}
        reason="none"
        act={() => call('POST /api/admin/questions/:id/show', { params })}
        done={() => done(t.showDone)}
      >
        <p>{t.showSays(asker)}</p>
        <blockquote className="told">{question.body}</blockquote>
      </Danger>
    )
  return (
    <Danger
      label={t.hide}
      title={t.hideTitle}
      confirm={t.hide}
      reasonLabel={t.hideReasonLabel}
      mostReason={200}
      act={({ reason }) => call('POST /api/admin/questions/:id/hide', { params, body: { reason } })}
      done={() => done(t.hideDone)}
    >
      <p>{t.hideSays(asker)}</p>
      <blockquote className="told">{question.body}</blockquote>
    </Danger>
  )
}
