import type { Actor } from '../../../src/platform/http/actor.ts'
import { refused } from '../../../src/platform/refusal.ts'
import type { NamedQuestion } from '../../../src/shop/questions/index.ts'
import { dayText } from '../../ui/format.ts'
import { Nothing, Notice, Pager, pictureOf } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, pageIn, type Visit } from '../frame/visit.ts'
import { type QuestionDraft, QuestionFields, questionIn, troubleOf } from './ask-question.tsx'
import { AnswerState, Exchange } from './lines.tsx'

const PAGE_SIZE = 10

/** One's own questions with their answers; what nobody has answered may be changed. */
export function ownQuestionPages(site: Site): void {
  const { questions } = site.world
  site.signedIn('GET', '/questions', (visit, actor) => listOf(site, visit, actor))
  site.signedIn('POST', '/questions/:id/edit', async (visit, actor) => {
    const id = idOf(visit.params.id)
    if (id === undefined) return refused('not_found')
    const draft = questionIn(visit.form)
    const changed = await questions.pages.edit(actor, { id, ...draft })
    if (changed.kind !== 'refused') return to('/questions?done=saved')
    if (changed.code === 'not_found') return changed
    const editing = { id, ...draft, ...troubleOf(site, visit, changed) }
    return listOf(site, visit, actor, editing, 422)
  })
  site.signedIn('POST', '/questions/:id/remove', async (visit, actor) => {
    const id = idOf(visit.params.id)
    const removed = id === undefined ? refused('not_found') : await questions.pages.remove(actor, id)
    return removed.kind === 'refused' ? removed : to('/questions?done=removed')
  })
}

async function listOf(
  { world }: Site,
  visit: Visit,
  actor: Actor,
  editing?: QuestionDraft & { id: string },
  status = 200,
): Promise<PageAnswer> {
  const words = visit.words.questions
  const page = pageIn(visit.query, 1_000)
  const { questions, total } = await world.questions.pages.own(actor, { page, size: PAGE_SIZE })
  const done = new Map<string | null, string>(Object.entries(words.done)).get(visit.query.get('done'))
  return shown({
    title: words.own,
    address: '/questions',
    tab: 'my',
    status,
    body: (
      <div className="wide">
        <h1>{words.own}</h1>
        {editing?.trouble && <Notice kind="wrong">{editing.trouble}</Notice>}
        {done && <Notice kind="done">{done}</Notice>}
        {questions.length === 0 ? (
          <Nothing
            title={words.ownNone}
            hint={words.ownNoneHint}
            action={
              <a className="button" href={visit.to('/items')}>
                {visit.words.home.toBest}
              </a>
            }
          />
        ) : (
          <ul className="cards">
            {questions.map((named) => (
              <OwnQuestion
                key={named.question.id}
                visit={visit}
                named={named}
                editing={editing?.id === named.question.id ? editing : undefined}
              />
            ))}
          </ul>
        )}
        <Pager
          visit={visit}
          page={page}
          pages={Math.ceil(total / PAGE_SIZE)}
          href={(number) => visit.to(`/questions?page=${number}`)}
        />
      </div>
    ),
  })
}

function OwnQuestion({
  visit,
  named: { question, itemName },
  editing,
}: {
  visit: Visit
  named: NamedQuestion
  editing: QuestionDraft | undefined
}) {
  const { words, language } = visit
  const own = words.questions
  const { answer, hidden } = question
  return (
    <li className="box">
      <div className="line">
        <img src={pictureOf(question.itemId)} alt="" width="80" height="80" loading="lazy" />
        <div className="line-text">
          <p className="question-head">
            <AnswerState visit={visit} isAnswered={answer !== null} />
            {question.isPrivate && <span className="badge plain">{own.private}</span>}
            <span className="quiet">{dayText(question.askedAt.toString(), language)}</span>
          </p>
          {itemName === null ? (
            <p className="quiet">{own.unknown}</p>
          ) : (
            <a href={visit.to(`/items/${question.itemId}`)} lang="ko">
              {itemName}
            </a>
          )}
        </div>
      </div>
      <Exchange
        visit={visit}
        question={question.body}
        answer={answer && { body: answer.body, at: answer.at, isCorrected: answer.no > 1 }}
      />
      {hidden && <Notice kind="wait">{own.hidden(hidden.reason)}</Notice>}
      {answer === null && !hidden && (
        <details className="fold" open={editing !== undefined}>
          <summary>{own.edit}</summary>
          <form action={visit.to(`/questions/${question.id}/edit`)} method="post" data-once="">
            <QuestionFields visit={visit} draft={editing ?? question} id={question.id} />
            <button className="button" type="submit">
              {own.save}
            </button>
          </form>
        </details>
      )}
      <details className="danger">
        <summary>{own.remove}</summary>
        <form action={visit.to(`/questions/${question.id}/remove`)} method="post" data-once="">
          <p>{own.removeText}</p>
          <button className="button red" type="submit">
            {own.remove}
          </button>
        </form>
      </details>
    </li>
  )
}
