import { Link, useSearch } from '@tanstack/react-router'
import { frameWords } from '../words/frame.ts'
import { useWords } from '../words/use-words.ts'
import type { ListPage } from './columns.ts'

type Page = NonNullable<ListPage<unknown>['page']>

/** Where one is in a list, and the ways on, as addresses. */
export function Pager({ page, shown }: { page: Page; shown: number }) {
  const t = useWords(frameWords)
  const { after }: Readonly<Record<string, string | undefined>> = useSearch({ strict: false })
  if ('next' in page) {
    return (
      <nav className="pager" aria-label={t.table.pages}>
        <span>{t.table.rows(shown)}</span>
        {after !== undefined && <Turn text={t.table.first} change={{ after: undefined }} />}
        {page.next !== null && <Turn text={t.table.next} change={{ after: page.next }} />}
      </nav>
    )
  }
  const { number, totalPages, totalElements } = page
  return (
    <nav className="pager" aria-label={t.table.pages}>
      <span>{t.table.rows(totalElements)}</span>
      {totalPages > 1 && <span>{t.table.page(number, totalPages)}</span>}
      {number > 1 && <Turn text={t.table.previous} change={{ page: String(number - 1) }} />}
      {number < totalPages && <Turn text={t.table.next} change={{ page: String(number + 1) }} />}
    </nav>
  )
}

function Turn({ text, change }: { text: string; change: Readonly<Record<string, string | undefined>> }) {
  return (
    <Link to="." search={(now: Record<string, unknown>) => ({ ...now, ...change })}>
      {text}
    </Link>
  )
}
