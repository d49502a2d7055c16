import { Link } from '@tanstack/react-router'
import { useWords } from '../words/use-words.ts'
import { BringTable } from './bring-table.tsx'
import { SaveTable } from './save-table.tsx'
import { tableWords } from './words.ts'

/** Many items changed at once: their table goes out, comes back, is shown, and is done. */
export function ItemTablePage() {
  const t = useWords(tableWords)
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <Link to="/items" className="button">
            {t.back}
          </Link>
        </div>
      </div>
      <p className="quiet">{t.lead}</p>
      <SaveTable />
      <BringTable />
    </div>
  )
}
