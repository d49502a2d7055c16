import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import type { Subscription } from './subscription.tsx'
import { subscriptionWords } from './words.ts'

interface Outcome {
  readonly proposed: number
  readonly refused: number
  /** What the first refusal said. */
  readonly because: string
}

/** Asks the customers of some subscriptions to agree to another price of a piece. Each is asked by itself. */
export function ProposePrice({
  subscriptions,
  done,
}: {
  subscriptions: readonly Subscription[]
  done(): void
}) {
  const t = useWords(subscriptionWords)
  const language = useLanguage()
  const client = useQueryClient()
  const [typed, setTyped] = useState('')
  const unitPrice = /^[1-9]\d{0,8}$/.test(typed) ? Number(typed) : 0
  const living = subscriptions.filter(({ state }) => state !== 'cancelled')
  // Proposing the same price again changes nothing, so whoever was interrupted may do all of it once more.
  const propose = async (): Promise<Outcome> => {
    let outcome: Outcome = { proposed: 0, refused: 0, because: '' }
    for (const { id } of living) {
      try {
        await call('POST /api/admin/subscriptions/:id/price', { params: { id }, body: { unitPrice } })
        outcome = { ...outcome, proposed: outcome.proposed + 1 }
      } catch (error) {
        const because = error instanceof Error ? error.message : String(error)
        outcome = { ...outcome, refused: outcome.refused + 1, because: outcome.because || because }
      }
    }
    return outcome
  }
  return (
    <>
      <label>
        {t.newPrice}{' '}
        <input
          inputMode="numeric"
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value.replaceAll(/[^\d]/g, ''))}
        />
      </label>
      <Danger
        label={t.proposePrice}
        title={t.proposePrice}
        confirm={t.proposeDo(living.length)}
        reason="none"
        disabled={unitPrice === 0 || living.length === 0}
        act={propose}
        done={({ proposed, refused, because }) => {
          if (proposed > 0) say(t.proposed(proposed))
          if (refused > 0) say(`${t.notProposed(refused)}: ${because}`, 'bad')
          for (const queryKey of [['subscriptions'], ['subscription']])
            void client.invalidateQueries({ queryKey })
          if (refused === 0) done()
        }}
      >
        <p>{t.proposeSays(living.length, wonText(unitPrice, language))}</p>
      </Danger>
    </>
  )
}
