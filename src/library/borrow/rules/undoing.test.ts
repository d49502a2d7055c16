import { expect, test } from 'vitest'
import { activeLoan, START } from './rules.fixture.ts'
import { lendAgain, tooLateToUndo, UNDO_MINUTES } from './undoing.ts'

const lent = { ...activeLoan(), renewals: 1 }
const again = (minutes: number) =>
  lendAgain(
    lent,
    { copies: 2, returnedAt: START },
    { id: 'again', now: START.add({ minutes }), pendingMinutes: 10 },
  )

test('a return that was undone goes on as the loan it was, for its copies', () => {
  expect(again(5)).toEqual({
    kind: 'again',
    loan: {
      id: 'again',
      patronId: lent.patronId,
      bookId: lent.bookId,
      title: lent.title,
      quantity: 2,
      state: 'pending',
      version: 1,
      borrowedAt: lent.borrowedAt,
      dueOn: lent.dueOn,
      dueVersion: 1,
      renewals: 1,
      policy: lent.policy,
      settleBy: START.add({ minutes: 15 }),
    },
  })
})

test('it can be undone to the minute, and no longer', () => {
  expect(again(UNDO_MINUTES).kind).toBe('again')
  const late = lendAgain(
    lent,
    { copies: 1, returnedAt: START },
    { id: 'again', now: START.add({ minutes: UNDO_MINUTES, milliseconds: 1 }), pendingMinutes: 10 },
  )
  expect(late).toMatchObject({ kind: 'refused', code: 'undo_too_late' })
})

test('so can a loan', () => {
  const after = (milliseconds: number) =>
    tooLateToUndo(lent, lent.borrowedAt.add({ minutes: UNDO_MINUTES, milliseconds }))
  expect(after(0)).toBeUndefined()
  expect(after(1)).toMatchObject({ kind: 'refused', code: 'undo_too_late' })
})
