import '../desk.css'
import './pull.css'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call } from '../../api/call.ts'
import { Failed, Loading, Nothing } from '../../frame/states.tsx'
import { useWords } from '../../words/use-words.ts'
import { dayOf } from '../last-scan.tsx'
import { ScanField } from '../scan-field.tsx'
import { scannedIn } from '../scans/scanned.ts'
import { play } from '../sound.ts'
import { PullTable } from './pull-table.tsx'
import { pullWords } from './words.ts'

/** What the last scan was, to be read from a distance. */
interface Told {
  readonly tone: 'plain' | 'good' | 'hold' | 'bad'
  readonly head: string
  readonly lines: readonly string[]
}

type Put = AnswerOf<'POST /api/holds/to-pull/:barcode/put'>

/** A walk along the shelves: what is to be brought to the hold shelf, noted by scanning it there. */
export function PullPage() {
  const t = useWords(pullWords)
  const client = useQueryClient()
  const [told, setTold] = useState<Told>()
  const list = useQuery({
    queryKey: ['to-pull'],
    queryFn: () => call('GET /api/holds/to-pull', { query: { size: 100 } }),
    meta: { live: ['library.hold.', 'library.loan.', 'library.stock.'] },
  })
  const again = () => void client.invalidateQueries({ queryKey: ['to-pull'] })
  const tell = (tone: Told['tone'], head: string, lines: readonly string[] = []) => {
    setTold({ tone, head, lines })
    play(tone === 'bad' ? 'bad' : tone === 'hold' ? 'look' : 'good')
  }
  const put = async (barcode: string) => {
    try {
      const done = await call('POST /api/holds/to-pull/:barcode/put', { params: { barcode } })
      const lines = [done.title, done.callNumber, barcode]
      if (done.patronId === null) tell('good', t.takenDown, lines)
      else tell('hold', t.shelved(await cardOf(done.patronId)), [...lines, t.until(dayOf(done.shelfUntil))])
    } catch (error) {
      tell('bad', error instanceof Error ? error.message : String(error), [barcode])
    }
    again()
  }
  const scan = (typed: string) => {
    const scanned = scannedIn(typed)
    if (scanned.kind === 'nothing') return
    if (scanned.kind === 'copy') void put(scanned.barcode)
    else tell('bad', t.unreadable(typed.trim()))
  }
  const rows = list.data?.data ?? []
  return (
    <div className="page desk-page pull">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools on-screen">
          <button type="button" disabled={rows.length === 0} onClick={() => window.print()}>
            {t.print}
          </button>
        </div>
      </div>
      <p className="quiet on-screen">{t.lead}</p>
      <div className="desk on-screen">
        <ScanField scan={scan} label={t.field} placeholder={t.fieldHint} />
        <section className={`desk-last desk-${told?.tone ?? 'plain'}`}>
          <div role="status">
            <p className="desk-head">{told?.head ?? t.ready}</p>
            {told?.lines.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </div>
        </section>
      </div>
      {list.data ? (
        rows.length === 0 ? (
          <Nothing text={t.nothing} />
        ) : (
          <>
            <p>{t.found(rows.length, list.data.page.totalElements)}</p>
            <PullTable rows={rows} put={put} changed={again} />
          </>
        )
      ) : list.error ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : (
        <Loading />
      )}
    </div>
  )
}

/** The number on the slip; where loans do not answer it can be looked up later. */
async function cardOf(patronId: NonNullable<Put['patronId']>): Promise<string> {
  try {
    const { data } = await call('GET /api/patrons/cards', { query: { of: patronId } })
    return data[0]?.card ?? '–'
  } catch {
    return '–'
  }
}
