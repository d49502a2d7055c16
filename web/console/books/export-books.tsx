import { useState } from 'react'
import { callStream } from '../api/call.ts'
import { say } from '../frame/toasts.tsx'
import { download } from '../table/csv.ts'
import { useWords } from '../words/use-words.ts'
import { exchangeWords } from './exchange-words.ts'

const NAMES = { csv: 'books.csv', marc: 'books.mrc', marcxml: 'books.xml' } as const
const FORMATS = ['csv', 'marc', 'marcxml'] as const

/** All titles as a file, in the format of one's choice. */
export function ExportBooks() {
  const t = useWords(exchangeWords)
  const [busy, setBusy] = useState<(typeof FORMATS)[number]>()
  const save = async (format: (typeof FORMATS)[number]) => {
    setBusy(format)
    try {
      const stream = await callStream('GET /api/books/export', AbortSignal.timeout(600_000), {
        query: { format },
      })
      download(NAMES[format], await new Response(stream).blob())
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(undefined)
  }
  return (
    <section className="panel" aria-labelledby="books-out">
      <h2 id="books-out">{t.out}</h2>
      <p className="quiet">{t.outHint}</p>
      <div className="tools">
        {FORMATS.map((format) => (
          <button key={format} type="button" disabled={busy !== undefined} onClick={() => void save(format)}>
            {busy === format ? t.saving : t.formats[format]}
          </button>
        ))}
      </div>
    </section>
  )
}
