import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import type { Order } from './order.tsx'
import { orderWords } from './words.ts'

/** So many orders are changed at once. */
const AT_ONCE = 4

/** Which orders a step is for, by the list they stand in. */
const LISTS = { prepare: 'orders-waiting', deliver: 'orders-on-the-way' } as const

interface Failure {
  readonly order: Order
  readonly error: unknown
}

/** Each order is changed by itself: what is refused is told with its reason, and the others go on. */
export function MoveMany({
  step,
  orders,
  done,
}: {
  step: keyof typeof LISTS
  orders: readonly Order[]
  done: () => void
}) {
  const t = useWords(orderWords)
  const words = t.many[step]
  const client = useQueryClient()
  const [progress, setProgress] = useState<number>()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const move = async () => {
    const failed: Failure[] = []
    const waiting = [...orders]
    let changed = 0
    setProgress(0)
    const work = async () => {
      for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) {
        try {
          await call(`POST /api/admin/orders/:id/${step}`, { params: { id: order.id }, body: {} })
          changed += 1
        } catch (error) {
          failed.push({ order, error })
        }
        setProgress(changed + failed.length)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    setProgress(undefined)
    setFailures(failed)
    if (changed > 0) say(words.done(changed))
    // Packing is told to nobody, so the list is asked for again from here.
    await client.invalidateQueries({ queryKey: [LISTS[step]] })
    if (failed.length === 0) done()
  }
  return (
    <>
      <button type="button" className="main" disabled={progress !== undefined} onClick={() => void move()}>
        {words.label}
      </button>
      {progress !== undefined && (
        <progress className="bar" value={progress} max={orders.length} aria-label={words.label} />
      )}
      {failures.length > 0 && (
        <div className="state-failed" role="alert">
          <p>{words.failed(failures.length)}</p>
          <ul>
            {failures.map(({ order, error }) => (
              <li key={order.id}>
                {order.orderNumber} <Said error={error} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}
