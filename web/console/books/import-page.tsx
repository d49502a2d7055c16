import { Link } from '@tanstack/react-router'
import { useWords } from '../words/use-words.ts'
import { exchangeWords } from './exchange-words.ts'
import { ExportBooks } from './export-books.tsx'
import { ImportBooks } from './import-books.tsx'

/** Titles in bulk: they go out as a file, and come in after what would change was looked at. */
export function ImportPage() {
  const t = useWords(exchangeWords)
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <Link to="/books" className="button">
            {t.back}
          </Link>
        </div>
      </div>
      <ImportBooks />
      <ExportBooks />
    </div>
  )
}
