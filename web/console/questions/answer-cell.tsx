import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { type AnswerOf, call } from '../api/call.ts'
import { Stamp } from '../frame/stamp.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { questionWords } from './words.ts'

type Question = AnswerOf<'GET /api/admin/questions'>['data'][number]

/** An answer that is being written, and the version of the question that was on the screen when it was begun. */
interface Draft {
  body: string
  begun: number | undefined
}

/**
 * What is being written, by question. It outlives the row: a question that a colleague answers or hides meanwhile moves
 * in the list, or leaves it.
 */
export type Drafts = Map<string, Draft>

/** The answer that stands, or a place to write one. What is typed stays, whatever others do with the question. */
export function AnswerCell({ question, drafts }: { question: Question; drafts: Drafts }) {
  const t = useWords(questionWords)
  const [isWriting, setWriting] = useState(drafts.has(question.id))
  const { answer, earlierAnswers, hideReason } = question
  if (hideReason !== null && answer === null && !isWriting) return null
  if (answer === null || isWriting)
    return (
      <AnswerForm
        question={question}
        draft={drafts.get(question.id)}
        keep={(draft) => {
          drafts.set(question.id, draft)
          setWriting(true)
        }}
        end={() => {
          drafts.delete(question.id)
          setWriting(false)
        }}
      />
    )
  return (
    <div className="wide-cell">
      <p className="told">{answer.body}</p>
      <p className="quiet">
        <Stamp at={answer.answeredAt} />
      </p>
      {earlierAnswers.length > 0 && (
        <details>
          <summary>{t.earlier(earlierAnswers.length)}</summary>
          {earlierAnswers.map(({ no, body, answeredAt }) => (
            <blockquote key={no} className="told">
              {body} <Stamp at={answeredAt} />
            </blockquote>
          ))}
        </details>
      )}
      {hideReason === null && (
        <button type="button" onClick={() => setWriting(true)}>
          {t.correct}
        </button>
      )}
    </div>
  )
}

interface AnswerFormProps {
  question: Question
  draft: Draft | undefined
  /** Something was typed: from now on the form stays. */
  keep(draft: Draft): void
  /** It was sent or given up. */
  end(): void
}

function AnswerForm({ question, draft, keep, end }: AnswerFormProps) {
  const t = useWords(questionWords)
  const client = useQueryClient()
  const field = useId()
  const [body, setBody] = useState(draft?.body ?? question.answer?.body ?? '')
  // The version that was on the screen when the answer was begun: the list follows what its asker changes.
  const [begun, setBegun] = useState(draft?.begun)
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const isFirst = question.answer === null

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    // A second press may come before the button is drawn as disabled.
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      await call('PUT /api/admin/questions/:id/answer', {
        params: { id: question.id },
        body: { version: begun ?? question.version, body },
      })
      say(isFirst ? t.sent : t.saved)
      end()
    } catch (failure) {
      setError(failure)
      // It says to read again; what is typed stays, and is then sent for what stands there now.
      setBegun(undefined)
      keep({ body, begun: undefined })
    }
    setRunning(false)
    void client.invalidateQueries({ queryKey: ['questions'] })
  }
  return (
    <form className="answer-form" onSubmit={(event) => void submit(event)}>
      {question.answer !== null && <blockquote className="told">{question.answer.body}</blockquote>}
      <label htmlFor={field} className="unseen">
        {t.answerTo(question.author || t.left)}
      </label>
      <textarea
        id={field}
        rows={3}
        required
        minLength={2}
        maxLength={2_000}
        value={body}
        disabled={running}
        aria-describedby={`${field}-hint`}
        onChange={(event) => {
          const typed = event.target.value
          const version = begun ?? question.version
          setBody(typed)
          setBegun(version)
          keep({ body: typed, begun: version })
        }}
      />
      <p className="quiet" id={`${field}-hint`}>
        {question.isPrivate ? t.privateHint : t.publicHint} {isFirst ? t.answerHint : t.correctHint}
      </p>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <div className="tools">
        <button type="submit" className="main" disabled={running || body.trim().length < 2}>
          {running ? t.sending : isFirst ? t.send : t.save}
        </button>
        {question.answer !== null && (
          <button type="button" disabled={running} onClick={end}>
            {t.cancel}
          </button>
        )}
      </div>
    </form>
  )
}
