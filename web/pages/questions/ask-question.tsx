import { randomUUID } from 'node:crypto'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import { type Wrong, wrongOf } from '../../ui/field.tsx'
import { Notice, pictureOf } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import { keyIn } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'

/** As many as a question has, in letters as browsers count them. */
const LONGEST = 1_000

/** What somebody has typed so far, and what was wrong with it. */
export interface QuestionDraft {
  body: string
  isPrivate: boolean
  wrong?: Wrong
  trouble?: string
}

/** Asking something about an item. */
export function askQuestionPages(site: Site): void {
  const { questions } = site.world
  site.signedIn('GET', '/items/:id/questions/new', (visit) =>
    formFor(site, visit, visit.params.id, { body: '', isPrivate: false }),
  )
  site.signedIn('POST', '/items/:id/questions/new', async (visit, actor) => {
    const itemId = idOf(visit.params.id)
    if (itemId === undefined) return refused('not_found')
    const draft = questionIn(visit.form)
    const asked = await questions.pages.ask({
      askerId: actor.userId,
      idempotencyKey: keyIn(visit.form),
      asked: { itemId, ...draft },
    })
    if (asked.kind === 'answered') return to('/questions?done=asked')
    if (asked.code === 'not_found') return asked
    return formFor(site, visit, itemId, { ...draft, ...troubleOf(site, visit, asked) }, 422)
  })
}

/** What a form with {@link QuestionFields} brings. */
export function questionIn(form: URLSearchParams): { body: string; isPrivate: boolean } {
  return { body: form.get('body') ?? '', isPrivate: form.get('private') === 'yes' }
}

/** What a refusal says beside the fields, or above the form. */
export function troubleOf(
  site: Site,
  visit: Visit,
  refusal: Refused,
): Pick<QuestionDraft, 'wrong' | 'trouble'> {
  return refusal.code === 'invalid_request'
    ? { wrong: wrongOf(visit, refusal), trouble: visit.words.errors.check }
    : { trouble: site.saying(visit, refusal) }
}

async function formFor(
  site: Site,
  visit: Visit,
  itemId: string | undefined,
  draft: QuestionDraft,
  status = 200,
): Promise<PageAnswer | Refused> {
  const id = idOf(itemId)
  const found = id === undefined ? refused('not_found') : await site.world.catalog.browse.detail(id)
  if (found.kind === 'refused') return draft.body === '' ? found : keptText(site, visit, draft, found)
  const item = found.value
  const words = visit.words.questions
  const address = `/items/${item.id}/questions/new`
  return shown({
    title: words.ask,
    address,
    tab: 'categories',
    status,
    body: (
      <div className="narrow">
        <h1>{words.ask}</h1>
        {draft.trouble && <Notice kind="wrong">{draft.trouble}</Notice>}
        <form className="box" action={visit.to(address)} method="post" data-once="">
          <div className="line">
            <img src={pictureOf(item.id)} alt="" width="80" height="80" />
            <p className="name">{item.name}</p>
          </div>
          <input type="hidden" name="key" value={randomUUID()} />
          <QuestionFields visit={visit} draft={draft} id="new" />
          <p className="hint">{words.promise}</p>
          <button className="button wide-button" type="submit">
            {words.send}
          </button>
        </form>
      </div>
    ),
  })
}

/** The item went off sale while somebody wrote: why it cannot be asked any more, and what was typed, to be copied. */
function keptText(site: Site, visit: Visit, { body }: QuestionDraft, refusal: Refused): PageAnswer {
  const words = visit.words.questions
  return shown({
    title: words.ask,
    address: '/questions',
    tab: 'categories',
    status: 422,
    body: (
      <div className="narrow">
        <h1>{words.ask}</h1>
        <Notice kind="wrong">{site.saying(visit, refusal)}</Notice>
        <div className="field">
          <label htmlFor="body-kept">{words.body}</label>
          <textarea id="body-kept" rows={5} readOnly defaultValue={body} />
        </div>
      </div>
    ),
  })
}

/** What is asked, and whether others may read it. */
export function QuestionFields({ visit, draft, id }: { visit: Visit; draft: QuestionDraft; id: string }) {
  const words = visit.words.questions
  const error = draft.wrong?.body
  return (
    <>
      <div className="field">
        <label htmlFor={`body-${id}`}>{words.body}</label>
        <textarea
          id={`body-${id}`}
          name="body"
          rows={5}
          maxLength={LONGEST}
          required
          defaultValue={draft.body}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `body-${id}-error body-${id}-hint` : `body-${id}-hint`}
        />
        <p className="hint" id={`body-${id}-hint`}>
          {words.bodyHint}
        </p>
        {error && (
          <p className="error" id={`body-${id}-error`}>
            {error}
          </p>
        )}
      </div>
      <div className="field">
        <label className="tick">
          <input
            type="checkbox"
            name="private"
            value="yes"
            defaultChecked={draft.isPrivate}
            aria-describedby={`private-${id}-hint`}
          />
          <span>{words.privately}</span>
        </label>
        <p className="hint" id={`private-${id}-hint`}>
          {words.privatelyHint}
        </p>
      </div>
    </>
  )
}
