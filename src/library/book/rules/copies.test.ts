import fc from 'fast-check'
import { expect, it } from 'vitest'
import { boundCopies, ownedCopies, toOwn } from './copies.ts'

const count = fc.nat(5)
const counts = fc.record({ available: count, onLoan: count, onShelf: count, damaged: count, lost: count })

it('a library owns as many copies as was said, and never takes what patrons have', () => {
  fc.assert(
    fc.property(counts, fc.nat(30), (now, wanted) => {
      const step = toOwn(now, wanted)
      switch (step.kind) {
        case 'same':
          expect(ownedCopies(now)).toBe(wanted)
          break
        case 'add':
          expect(ownedCopies(now) + step.copies).toBe(wanted)
          break
        case 'copies_out':
          expect(wanted).toBeLessThan(boundCopies(now))
          expect(step.least).toBe(boundCopies(now))
          break
        case 'remove':
          expect(step.available).toBeLessThanOrEqual(now.available)
          expect(step.damaged).toBeLessThanOrEqual(now.damaged)
          expect(ownedCopies(now) - step.available - step.damaged).toBe(wanted)
      }
    }),
  )
})
