import { refused } from '../../../src/platform/refusal.ts'
import type { ItemDetail } from '../../../src/shop/catalog/index.ts'
import { Nothing, Pager } from '../../ui/parts.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, pageIn, type Visit } from '../frame/visit.ts'
import { QuestionLines } from './lines.tsx'

const PAGE_SIZE = 20
/** Deeper than anybody reads. */
const DEEPEST = 500

const addressOf = (page: number) => (page > 1 ? `page=${page}` : '')

/** All questions about an item, the same for everybody: one's own private ones stand whole under "my questions" only. */
export function itemQuestionsPage(site: Site): void {
  const { catalog, questions } = site.world
  site.open(
    '/items/:id/questions',
    async (visit) => {
      const id = idOf(visit.params.id)
      const item = id === undefined ? refused('not_found') : await catalog.browse.detail(id)
      if (item.kind === 'refused') return item
      const page = pageIn(visit.query, DEEPEST)
      const [list, count] = await Promise.all([
        questions.list(item.value.id, { page, size: PAGE_SIZE }),
        questions.count(item.value.id),
      ])
      return pageOf(visit, item.value, { page, list, count })
    },
    { read: (query) => addressOf(pageIn(query, DEEPEST)) },
  )
}

function pageOf(
  visit: Visit,
  item: ItemDetail,
  {
    page,
    list,
    count,
  }: { page: number; list: Parameters<typeof QuestionLines>[0]['questions']; count: number },
): Shown {
  const words = visit.words.questions
  const path = `/items/${item.id}/questions`
  const ask = (
    <a className="button" href={visit.to(`${path}/new`)} rel="nofollow">
      {words.ask}
    </a>
  )
  return shown({
    title: words.ofItem(item.name),
    tab: 'categories',
    description: words.ofItem(item.name),
    body: (
      <div className="wide">
        <div className="heading-row">
          <h1>{words.ofItem(item.name)}</h1>
          <a href={visit.to(`/items/${item.id}`)}>{words.toItem}</a>
        </div>
        {count === 0 ? (
          <Nothing title={words.none} hint={words.noneHint} action={ask} />
        ) : (
          <>
            <div className="list-head">
              <p className="quiet">{words.count(count)}</p>
              {ask}
            </div>
            <QuestionLines visit={visit} questions={list} />
            <Pager
              visit={visit}
              page={page}
              pages={Math.min(DEEPEST, Math.ceil(count / PAGE_SIZE))}
              href={(number) => visit.to(`${path}?${addressOf(number)}`)}
            />
          </>
        )}
      </div>
    ),
  })
}
