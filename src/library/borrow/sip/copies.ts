import type { Text } from '../../../platform/refusal.ts'
import { BUSINESS_TIME_ZONE, businessDate } from '../../../platform/time/clock.ts'
import { findBookOfCopy, findLoanOfCopy } from '../store/copy-store.ts'
import type { LentUnder } from '../store/loan-row.ts'
import { findLoan } from '../store/loan-store.ts'
import type { SelfCheckDeps, Station } from './station.ts'
import { barcodeOf, cardOf } from './station.ts'
import { keepOfflineRefusal, type OfflineRefusal, type OfflineWork } from './terminals/offline-refusals.ts'
import type { Terminal } from './terminals/terminal-store.ts'
import { readMoment } from './wire/dates.ts'
import type { Message } from './wire/message.ts'

/** A machine whose answer was lost asks again within this time: it is told what was done, and nothing is done twice. */
export const RESENT_MINUTES = 10

/** The loan a copy is out by, pending or running. */
export async function loanOfCopy(
  { lending: { db } }: SelfCheckDeps,
  barcode: string,
): Promise<LentUnder | undefined> {
  const id = await findLoanOfCopy(db, barcode)
  return id === undefined ? undefined : findLoan(db, id)
}

/** The title a copy is of, as lending or the catalogue knows. `no_answer`: it was never lent, and the catalogue is away. */
export async function bookOfCopy(
  { lending: { db }, others }: SelfCheckDeps,
  barcode: string,
): Promise<{ kind: 'book'; id: string } | { kind: 'unknown' | 'no_answer' }> {
  const known = await findBookOfCopy(db, barcode)
  if (known !== undefined) return { kind: 'book', id: known }
  const copy = await others.copy(barcode)
  return copy.kind === 'copy' ? { kind: 'book', id: copy.bookId } : copy
}

/** The first look comes at once, later ones ever more rarely. */
const LOOKS_MS = [25, 50, 100, 200, 300]

/** Waits until the catalogue has settled a loan, but not for long. @returns the loan as it is then */
export async function awaitSettled(
  { lending: { db }, settleMs }: SelfCheckDeps,
  loanId: string,
): Promise<LentUnder> {
  const end = performance.now() + settleMs
  for (let look = 0; ; look++) {
    const lent = await findLoan(db, loanId)
    if (!lent) throw new Error(`loan ${loanId} is gone`)
    if (lent.loan.state !== 'pending' || performance.now() >= end) return lent
    await new Promise((resolve) => setTimeout(resolve, LOOKS_MS[look] ?? LOOKS_MS.at(-1)))
  }
}

/** What `no block` says: the machine did it while it could not ask, and tells of it now. */
export function wasOffline(request: Message<OfflineWork>): boolean {
  return request.fixed.noBlock === 'Y'
}

/** Keeps for a librarian what was done while nobody could be asked, and is refused now that we are told. */
export async function keepIfOffline(
  deps: SelfCheckDeps,
  station: Station & { terminal: Terminal },
  request: Message<OfflineWork>,
  code: string,
): Promise<void> {
  if (!wasOffline(request)) return
  await keepRefused(deps, station, request, { what: request.kind, amount: null, paymentRef: '', code })
  deps.log.warn(
    { terminal: station.terminal.name, what: request.kind, code },
    'what a machine did offline was refused',
  )
}

/** Where nobody can read when it was, told again on the same day it is the same. */
const dayOf = (at: Temporal.Instant) => businessDate(at).toZonedDateTime(BUSINESS_TIME_ZONE).toInstant()

/** Keeps for a librarian what a machine has done already, and is refused. */
export async function keepRefused(
  { lending: { db, clock } }: SelfCheckDeps,
  { terminal }: Station & { terminal: Terminal },
  request: Message<OfflineWork | 'feePaid'>,
  refusal: Pick<OfflineRefusal, 'what' | 'amount' | 'paymentRef' | 'code'>,
): Promise<void> {
  const toldAt = clock.now()
  const doneAt = readMoment(request.fixed.at) ?? dayOf(toldAt)
  const about = { card: cardOf(request), barcode: barcodeOf(request), doneAt, toldAt }
  await keepOfflineRefusal(db, { terminalId: terminal.id, ...refusal, ...about })
}

/** A text, where there is one, as a field for the display. */
export function shown(text: Text | undefined, language: keyof Text = 'ko'): (readonly ['AF', string])[] {
  return text ? [['AF', text[language]]] : []
}
