import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LoanStock, noStockFor, onBorrowed, onCancelling, onMovement } from './loan-stock.ts'

const shelf = { lendable: true, available: 2, ownShelf: 1, othersShelf: 1 }

describe('what a title can give', () => {
  it.each([
    [shelf, 3, undefined],
    [shelf, 4, 'held_for_others'],
    [shelf, 5, 'not_enough'],
    [{ ...shelf, lendable: false }, 1, 'book_withdrawn'],
    [undefined, 1, 'book_unknown'],
  ])('%o, %i copies: %s', (given, copies, reason) => expect(noStockFor(given, copies)).toBe(reason))

  it('takes from the own hold shelf first', () => {
    expect(onBorrowed(undefined, shelf, 3)).toEqual({ kind: 'take', fromOwnShelf: 1, fromAvailable: 2 })
    expect(onBorrowed(undefined, shelf, 1)).toEqual({ kind: 'take', fromOwnShelf: 1, fromAvailable: 0 })
    expect(onBorrowed(undefined, shelf, 5)).toEqual({ kind: 'refuse', reason: 'not_enough' })
  })
})

type Step =
  | { kind: 'borrowed' | 'cancelling' | 'lost' | 'found' }
  | { kind: 'return'; no: number; copies: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ kind: 'borrowed' }, { kind: 'cancelling' }, { kind: 'lost' }, { kind: 'found' }),
  fc.record({
    kind: fc.constant('return' as const),
    no: fc.integer({ min: 1, max: 3 }),
    copies: fc.constantFrom(1, 2),
  }),
)

describe('whatever is repeated, late or in another order', () => {
  it('stock is taken once, comes back once, and never when it was not taken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.integer({ min: 0, max: 5 }), (history, free) => {
        let available = free
        let lost = 0
        let known: LoanStock | undefined
        let takes = 0
        const moved = new Set<string>()
        for (const event of history) {
          const total = available + lost + outOf(known)
          if (event.kind === 'borrowed') {
            const decision = onBorrowed(known, { lendable: true, available, ownShelf: 0, othersShelf: 0 }, 3)
            if (decision.kind === 'take') {
              takes += 1
              available -= 3
              known = { state: 'taken', taken: 3, back: 0, lost: 0 }
            } else if (decision.kind === 'refuse') known = { state: 'refused', taken: 0, back: 0, lost: 0 }
          } else if (event.kind === 'cancelling') {
            // A loan that runs is not cancelled: nothing has come back from it, and nothing is lost.
            if (known && (known.back > 0 || known.lost > 0)) continue
            const decision = onCancelling(known)
            if (decision.kind === 'release') {
              available += decision.copies
              known = { state: 'released', taken: 3, back: 3, lost: 0 }
            } else if (decision.kind === 'never_take')
              known = { state: 'released', taken: 0, back: 0, lost: 0 }
          } else {
            const copies =
              event.kind === 'return'
                ? event.copies
                : event.kind === 'lost'
                  ? outOf(known)
                  : (known?.lost ?? 0)
            if (copies === 0) continue
            const key = `${event.kind}:${event.kind === 'return' ? event.no : 1}`
            const decision = onMovement(known, event.kind, copies, moved.has(key))
            if (decision.kind === 'move') {
              moved.add(key)
              known = decision.stock
              if (event.kind === 'lost') lost += copies
              else available += copies
              if (event.kind === 'found') lost -= copies
            }
          }
          expect(available).toBeGreaterThanOrEqual(0)
          expect(available).toBeLessThanOrEqual(free)
          expect(available + lost + outOf(known)).toBe(total)
          expect(takes).toBeLessThanOrEqual(1)
          if (known) expect(known.back + known.lost).toBeLessThanOrEqual(known.taken)
        }
      }),
      { numRuns: 500 },
    )
  })
})

const outOf = (known: LoanStock | undefined) =>
  known?.state === 'taken' ? known.taken - known.back - known.lost : 0
