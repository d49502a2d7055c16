import { useSyncExternalStore } from 'react'
import { frameWords } from '../words/frame.ts'
import { useWords } from '../words/use-words.ts'

interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'good' | 'bad'
}

const SHOWN_MS = 6_000

let toasts: readonly Toast[] = []
let last = 0
const listeners = new Set<() => void>()

/** Says shortly what has been done; what went wrong stays until it is dismissed. */
export function say(text: string, tone: Toast['tone'] = 'good'): void {
  last += 1
  const id = last
  change([...toasts, { id, text, tone }])
  if (tone === 'good') setTimeout(() => dismiss(id), SHOWN_MS)
}

function dismiss(id: number): void {
  change(toasts.filter((toast) => toast.id !== id))
}

function change(next: readonly Toast[]): void {
  toasts = next
  for (const tell of listeners) tell()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function Toasts() {
  const t = useWords(frameWords)
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <section className="toasts" aria-label={t.news} aria-live="polite">
      {shown.map(({ id, text, tone }) => (
        <p key={id} className={`toast toast-${tone}`}>
          {text}
          <button type="button" className="bare" aria-label={t.dismiss} onClick={() => dismiss(id)}>
            ×
          </button>
        </p>
      ))}
    </section>
  )
}
