import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, type InputOf } from '../api/call.ts'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { reconciliationWords } from './words.ts'

/** Holds a day against a provider's list now, and says what came of it; nothing but the comparison is written. */
export function useCompareNow(): {
  busy: boolean
  compare(wish: InputOf<'POST /api/admin/reconciliations'>['body']): Promise<void>
} {
  const t = useWords(reconciliationWords)
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  return {
    busy,
    async compare(body) {
      setBusy(true)
      try {
        const { matched, differences } = await call('POST /api/admin/reconciliations', { body })
        say(t.done(matched, differences))
      } catch (error) {
        say(error instanceof Error ? error.message : String(error), 'bad')
      }
      // In vain or not: it is kept how often it was tried.
      for (const name of ['reconciliation-findings', 'reconciliations', 'figures'])
        void client.invalidateQueries({ queryKey: [name] })
      setBusy(false)
    },
  }
}
