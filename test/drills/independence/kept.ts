import type { Snapshot } from '../../crash/library/snapshot.ts'
import { asHold, asLoan, asReturn } from '../../crash/library/views.ts'
import type { Operation } from './operations.ts'

/** What an acceptance told of, to be looked up when all is settled. */
export type Told =
  | { kind: 'loan'; id: string; renewals: number }
  | { kind: 'return'; loanId: string; no: number }
  | { kind: 'hold'; id: string }
  | { kind: 'nothing' }

/** Reads the answer to an operation; an acceptance of something that tells of nothing is none. */
export function toldBy(operation: Operation, body: unknown): Told | undefined {
  if (operation === 'borrow' || operation === 'lend at the desk' || operation === 'renew') {
    const loan = asLoan(body)
    return loan && { kind: 'loan', id: loan.id, renewals: loan.renewals }
  }
  if (operation === 'return' || operation === 'take back at the desk') {
    const back = asReturn(body)
    return back && { kind: 'return', loanId: back.loan.id, no: back.returnNo }
  }
  if (operation === 'join a queue') {
    const hold = asHold(body)
    return hold && { kind: 'hold', id: hold.id }
  }
  return { kind: 'nothing' }
}

const CAME_TO_NOTHING = ['pending', 'cancelling', 'cancelled']

/**
 * What was accepted and does not stand, for people. There were copies enough for every loan, and nobody cancelled.
 * @param snapshot when all is settled, before anything is brought back
 */
export function notKept(
  accepted: readonly { operation: Operation; told: Told | undefined }[],
  { loans, returns, holds }: Pick<Snapshot, 'loans' | 'returns' | 'holds'>,
): string[] {
  const loanOf = new Map(loans.map((loan) => [loan.id, loan]))
  const returned = new Set(returns.map(({ loanId, no }) => `${loanId}/${no}`))
  const waiting = new Map(holds.map(({ id, state }) => [id, state]))
  return accepted.flatMap(({ operation, told }) => {
    const lost = (what: string, how: string) => [`${operation}: ${what} was accepted, and is ${how}`]
    if (told === undefined) return lost('something', 'not told in the answer')
    if (told.kind === 'loan') {
      const loan = loanOf.get(told.id)
      if (loan === undefined) return lost(`loan ${told.id}`, 'not there')
      if (CAME_TO_NOTHING.includes(loan.state)) return lost(`loan ${told.id}`, loan.state)
      return loan.renewals < told.renewals ? lost(`renewal of ${told.id}`, 'not there') : []
    }
    if (told.kind === 'return')
      return returned.has(`${told.loanId}/${told.no}`) ? [] : lost(`a return of ${told.loanId}`, 'not there')
    if (told.kind === 'hold') {
      const state = waiting.get(told.id) ?? 'not there'
      return ['not there', 'cancelled', 'expired'].includes(state) ? lost(`hold ${told.id}`, state) : []
    }
    return []
  })
}
