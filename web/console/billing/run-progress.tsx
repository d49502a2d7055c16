import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type AnswerOf, callStream } from '../api/call.ts'
import { readEvents } from '../api/events.ts'
import { useWords } from '../words/use-words.ts'
import { billingWords } from './words.ts'

/** A message of the stream; its shape is not in the OpenAPI document, which knows texts only. */
interface Message {
  readonly state: string
  readonly planned: number | null
  readonly done: number
  readonly workers: number
  readonly step: string | null
}

const AGAIN_MS = 2_000

/** How far a run is, as it goes. When it has ended, or is paused, the page asks for the whole of it once more. */
export function RunProgress({
  id,
  first,
}: {
  id: string
  first: AnswerOf<'GET /api/admin/billing-runs/:id'>
}) {
  const t = useWords(billingWords)
  const client = useQueryClient()
  const names: Readonly<Record<string, string>> = t.stepNames
  const stepText = (step: string) => names[step] ?? step
  const [message, setMessage] = useState<Message>()
  const [begun, setBegun] = useState<{ at: number; done: number }>()
  const isRunning = first.run.state === 'running'
  useEffect(() => {
    if (!isRunning) return undefined
    const over = new AbortController()
    const seen = (data: unknown) => {
      if (!isMessage(data)) return
      setMessage(data)
      setBegun((now) => now ?? { at: Date.now(), done: data.done })
      if (data.state !== 'running') void client.invalidateQueries({ queryKey: ['billing-run', id] })
    }
    void watch(id, over.signal, seen)
    return () => over.abort()
  }, [id, isRunning, client])

  // A run that goes on plans what is left; all of it is what is due, and what was handled before.
  const whole = Math.max(first.now.due, message?.planned ?? first.run.planned ?? 0)
  const planned = whole === 0 ? null : whole
  const done = message?.done ?? first.now.handled.count
  const minutes = begun === undefined ? 0 : (Date.now() - begun.at) / 60_000
  const rate = begun === undefined || minutes < 1 / 60 ? undefined : Math.round((done - begun.done) / minutes)
  return (
    <section className="panel" aria-label={t.progress}>
      <label className="progress">
        <span>{planned === null ? t.progress : t.progressOf(Math.min(done, planned), planned)}</span>
        <progress
          className="bar"
          value={planned === null ? undefined : done}
          max={Math.max(planned ?? 1, 1)}
        />
      </label>
      <p className="quiet figures">
        {t.workers} {message?.workers ?? first.workers}
        {message && message.step !== null && ` · ${t.step} ${stepText(message.step)}`}
        {isRunning && rate !== undefined && ` · ${t.perMinute(rate)}`}
      </p>
    </section>
  )
}

async function watch(id: string, signal: AbortSignal, seen: (data: unknown) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const stream = await callStream('GET /api/admin/billing-runs/:id/progress', signal, { params: { id } })
      for await (const { data } of readEvents(stream)) seen(data)
      return
    } catch {
      if (!signal.aborted) await new Promise((done) => setTimeout(done, AGAIN_MS))
    }
  }
}

function isMessage(data: unknown): data is Message {
  return typeof data === 'object' && data !== null && 'done' in data && 'state' in data
}
