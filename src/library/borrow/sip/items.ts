import { refused } from '../../../platform/refusal.ts'
import type { CopyKnown } from '../self-check-port.ts'
import { findBookOfCopy } from '../store/copy-store.ts'
import { countWaiting } from '../store/hold-store.ts'
import { loanOfCopy } from './copies.ts'
import { refuseRequest } from './refuse.ts'
import { barcodeOf, type Handler, institutionOf } from './station.ts'
import { sipDue, sipMoment } from './wire/dates.ts'
import { saidOf, WORDS } from './words.ts'

/** SIP2's numbers of where a copy is. */
const CIRCULATION = {
  available: '03',
  on_loan: '04',
  on_shelf: '08',
  lost: '12',
  damaged: '01',
  withdrawn: '01',
  unknown: '01',
} as const

/**
 * What a copy is, where it is and how many wait for it; never who has it. While the catalogue is away it is told what
 * lending knows by itself.
 */
export const itemInformation: Handler<'itemInformation'> = async (deps, _station, request) => {
  const { db, clock } = deps.lending
  const now = clock.now()
  const barcode = barcodeOf(request)
  const [copy, lent] = await Promise.all([deps.others.copy(barcode), loanOfCopy(deps, barcode)])
  const isOut = lent !== undefined && lent.loan.state !== 'lost'
  const bookId = copy.kind === 'copy' ? copy.bookId : await findBookOfCopy(db, barcode)
  if (bookId === undefined) {
    const text = copy.kind === 'unknown' ? saidOf(refused('copy_unknown')) : WORDS.try_later
    return { message: refuseRequest(request, text, now), outcome: 'refused' }
  }
  return {
    message: {
      kind: 'itemInformationAnswer',
      fixed: {
        circulation: CIRCULATION[isOut ? 'on_loan' : stateOf(copy)],
        security: '00',
        feeType: '04',
        at: sipMoment(now),
      },
      fields: [
        ['AO', institutionOf(request)],
        ['CF', String(await countWaiting(db, bookId))],
        ...(isOut ? ([['AH', sipDue(lent.loan.dueOn.toString())]] as const) : []),
        ['AB', barcode],
        ['AJ', (copy.kind === 'copy' ? copy.title : lent?.loan.title) ?? ''],
        ['CK', '001'],
        ['AQ', copy.kind === 'copy' ? copy.callNumber : ''],
      ],
    },
    outcome: 'ok',
  }
}

const stateOf = (copy: CopyKnown) => (copy.kind === 'copy' ? copy.state : 'unknown')
