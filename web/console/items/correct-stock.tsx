import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { itemWords } from './words.ts'

type Item = AnswerOf<'GET /api/admin/items/:id'>

/** Pieces that came or are gone, with the reason. */
export function CorrectStock({ item }: { item: Item }) {
  const t = useWords(itemWords)
  const client = useQueryClient()
  const [typed, setTyped] = useState('')
  const delta = /^[+-]?\d{1,7}$/.test(typed.trim()) ? Number(typed) : 0
  const next = item.stock.onHand + delta
  return (
    <section className="panel" aria-labelledby="item-stock">
      <h2 id="item-stock">{t.stock}</h2>
      <div className="filter">
        <label htmlFor="stock-delta">{t.delta}</label>
        <input
          id="stock-delta"
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <p role="status" className="figures">
        {delta !== 0 && `${item.stock.onHand} → ${next}`}
      </p>
      <p>
        <Danger
          label={t.stockAct}
          title={t.stock}
          confirm={t.stockAct}
          reasonLabel={t.stockReason}
          mostReason={200}
          disabled={delta === 0}
          act={({ reason }) =>
            call('PATCH /api/admin/items/:id', {
              params: { id: item.id },
              body: { version: item.version, stock: { delta, reason } },
            })
          }
          done={(changed) => {
            client.setQueryData(['item', item.id], changed)
            void client.invalidateQueries({ queryKey: ['stock-changes', item.id] })
            say(t.stockDone(changed.stock.onHand))
          }}
        >
          <p>{t.stockSays(item.name, item.stock.onHand, next)}</p>
        </Danger>
      </p>
    </section>
  )
}
