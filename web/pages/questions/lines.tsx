import type { Questions } from '../../../src/shop/questions/index.ts'
import { dayText } from '../../ui/format.ts'
import type { Visit } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'

type Seen = Awaited<ReturnType<Questions['list']>>

/** The latest are shown on the item's page. */
const LATEST = 3

/** The latest questions about an item as everybody sees them, and how many there are. */
export interface LatestQuestions {
  latest: Seen
  count: number
}

/** Read anew for every visit: what becomes private, hidden or deleted is gone from the page at once. */
export async function latestQuestions({ questions }: World, itemId: string): Promise<LatestQuestions> {
  const [latest, count] = await Promise.all([
    questions.list(itemId, { page: 1, size: LATEST }),
    questions.count(itemId),
  ])
  return { latest, count }
}

/** Tells whether two lists of questions look the same. */
export function questionsTag({ latest, count }: LatestQuestions): string {
  return [count, ...latest.map(({ id, version }) => `${id}.${version}`)].join()
}

/** The latest questions about an item, on its page. */
export function QuestionsOfItem({
  visit,
  itemId,
  questions: { latest, count },
}: {
  visit: Visit
  itemId: string
  questions: LatestQuestions
}) {
  const words = visit.words.questions
  return (
    <section id="questions">
      <div className="heading-row">
        <h2>{words.title}</h2>
        <a href={visit.to(`/items/${itemId}/questions/new`)} rel="nofollow">
          {words.ask}
        </a>
      </div>
      {count === 0 ? (
        <p className="quiet">
          {words.none} {words.noneHint}
        </p>
      ) : (
        <>
          <QuestionLines visit={visit} questions={latest} />
          <p>
            <a href={visit.to(`/items/${itemId}/questions`)}>{words.all(count)}</a>
          </p>
        </>
      )}
    </section>
  )
}

/** Questions as everybody sees them: of private ones only that they are there. */
export function QuestionLines({ visit, questions }: { visit: Visit; questions: Seen }) {
  const { words, language } = visit
  const t = words.questions
  return (
    <ul className="lines-list">
      {questions.map(({ id, askedAt, answeredAt, open }) => (
        <li key={id} className="question">
          <p className="question-head">
            <AnswerState visit={visit} isAnswered={answeredAt !== null} />
            <span className="quiet">
              {open ? open.askerName || t.member : t.private} · {dayText(askedAt.toString(), language)}
            </span>
          </p>
          {open ? (
            <Exchange
              visit={visit}
              question={open.body}
              answer={
                open.answer && answeredAt
                  ? { body: open.answer.body, at: answeredAt, isCorrected: open.answer.no > 1 }
                  : null
              }
            />
          ) : (
            <p className="quiet">{t.privateText}</p>
          )}
        </li>
      ))}
    </ul>
  )
}

/** Whether the merchant has answered, as a badge. */
export function AnswerState({ visit, isAnswered }: { visit: Visit; isAnswered: boolean }) {
  const { answered, waiting } = visit.words.questions
  return <span className={isAnswered ? 'badge' : 'badge plain'}>{isAnswered ? answered : waiting}</span>
}

/** What was asked, and what the merchant answered to it. */
export function Exchange({
  visit,
  question,
  answer,
}: {
  visit: Visit
  question: string
  /** Null while there is none. */
  answer: { body: string; at: Temporal.Instant; isCorrected: boolean } | null
}) {
  const { words, language } = visit
  const t = words.questions
  return (
    <>
      {/* Customers and the merchant write in their own language. */}
      <p className="lines" lang="ko">
        <span className="unseen" lang={language}>
          {t.question}:{' '}
        </span>
        {question}
      </p>
      {answer && (
        <div className="answer">
          <p className="quiet">
            <strong>{t.answer}</strong> · {t.merchant} · {dayText(answer.at.toString(), language)}
            {answer.isCorrected && ` (${t.corrected})`}
          </p>
          <p className="lines" lang="ko">
            {answer.body}
          </p>
        </div>
      )}
    </>
  )
}
