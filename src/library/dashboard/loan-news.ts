import {
  type LoanFact,
  loanActivated,
  loanBorrowed,
  loanCancelled,
  loanCancelling,
  loanExpired,
  loanFound,
  loanLost,
  loanRenewed,
  loanReturned,
} from '../../contracts/library/loan-events.ts'
import type { Envelope } from '../../platform/events/event.ts'

/** An event about a loan as it arrives. */
export interface LoanNews {
  type: string
  version: number
  time: Temporal.Instant
  loan: LoanFact
  /** What only this event tells. */
  detail: object
}

/** What dashboards are made of, by the name under which it stands in what happened. */
export const LOAN_NEWS = {
  borrowed: loanBorrowed,
  activated: loanActivated,
  cancelling: loanCancelling,
  cancelled: loanCancelled,
  returned: loanReturned,
  renewed: loanRenewed,
  expired: loanExpired,
  lost: loanLost,
  found: loanFound,
} as const

/** Of an event that was kept. @returns undefined when it tells nothing of loans that this version can read */
export function newsFrom({
  type,
  data,
  schemaversion,
  subjectversion,
  time,
}: Envelope): LoanNews | undefined {
  const [name, contract] = Object.entries(LOAN_NEWS).find(([, known]) => known.type === type) ?? []
  const read = contract?.read(data, schemaversion)
  if (name === undefined || read?.kind !== 'ok') return undefined
  const { loan, ...detail } = read.data
  return { type: name, version: subjectversion, time: Temporal.Instant.from(time), loan, detail }
}
