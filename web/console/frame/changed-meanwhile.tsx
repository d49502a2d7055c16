import type { ReactNode } from 'react'
import { frameWords } from '../words/frame.ts'
import { useWords } from '../words/use-words.ts'

interface ChangedMeanwhileProps {
  /** That somebody else has changed it, and that what was typed is still there. */
  says: string
  /** What it is now. */
  children: ReactNode
  /** What was typed counts, and is written over what it is now when it is saved. */
  keep(): void
  drop(): void
}

/** Shown beside what was typed when a colleague has changed the same meanwhile; a person says which one counts. */
export function ChangedMeanwhile({ says, children, keep, drop }: ChangedMeanwhileProps) {
  const t = useWords(frameWords)
  return (
    <div className="note" role="alert">
      <p>
        <strong>{says}</strong>
      </p>
      {children}
      <p className="tools">
        <button type="button" onClick={keep}>
          {t.keepMine}
        </button>
        <button type="button" onClick={drop}>
          {t.takeTheirs}
        </button>
      </p>
    </div>
  )
}
