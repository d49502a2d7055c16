import { newId } from '../../../platform/ids.ts'
import type { Text } from '../../../platform/refusal.ts'
import { returnAtDesk } from '../desk/scans.ts'
import { findReturnOfCopy } from '../store/copy-store.ts'
import { isAwaited } from '../store/hold-store.ts'
import { keepIfOffline, RESENT_MINUTES, shown, wasOffline } from './copies.ts'
import { refuseRequest } from './refuse.ts'
import {
  type Answered,
  barcodeOf,
  deskAs,
  type Handler,
  institutionOf,
  type SelfCheckDeps,
  yes,
} from './station.ts'
import { readMoment, sipMoment } from './wire/dates.ts'
import { fieldOf, type Message } from './wire/message.ts'
import { feeText, joined, saidOf, WORDS } from './words.ts'

/** Where a sorting machine puts what comes back. */
const BIN = { shelves: '1', holds: '2' } as const
/** SIP2's kind of alert for a copy somebody waits for in this library. */
const HOLD_ALERT = '01'

interface Back {
  title: string | null
  lateDays: number
  fee: number
  /** Somebody waits for the title. */
  awaited: boolean
}

/**
 * Takes back what was put into the machine, whoever did it. The fee is the same as at the desk; what was put in while
 * the machine could not ask counts from then. A copy the same machine has taken back a moment ago is answered again.
 */
export const checkin: Handler<'checkin'> = async (deps, station, request) => {
  const refuse = async (code: string, text: Text) => {
    await keepIfOffline(deps, station, request, code)
    const message = refuseRequest(request, text, deps.lending.clock.now())
    return { message, outcome: 'refused' } as const
  }
  const barcode = barcodeOf(request)
  if (barcode === '') return refuse('barcode_missing', WORDS.barcode_missing)
  if (fieldOf(request, 'BI') === 'Y') return refuse('not_allowed', WORDS.at_the_desk)
  const copy = await deps.others.copy(barcode)
  const known = copy.kind === 'copy' ? copy : undefined
  const scannedAt = wasOffline(request)
    ? (readMoment(request.fixed.returnedAt) ?? readMoment(request.fixed.at))?.toString()
    : undefined
  const result = await returnAtDesk(deps.lending, {
    actor: deskAs(station.terminal),
    inHand: false,
    answerableId: station.terminal.madeBy,
    idempotencyKey: newId(),
    asked: { barcode, loanId: known?.loanId ?? undefined, scannedAt },
  })
  const back: Back | undefined =
    result.kind === 'answered'
      ? { ...result.body, title: result.body.loan.book.title }
      : result.code === 'copy_not_on_loan'
        ? await takenBackBefore(deps, station.terminal.id, barcode)
        : undefined
  if (back)
    return answer(
      deps,
      request,
      { ...back, title: back.title ?? known?.title ?? null },
      known?.callNumber ?? '',
    )
  return result.kind === 'refused' ? refuse(result.code, saidOf(result)) : refuse('failed', WORDS.try_later)
}

async function takenBackBefore(
  { lending: { db, clock } }: SelfCheckDeps,
  terminalId: string,
  barcode: string,
): Promise<Back | undefined> {
  const since = clock.now().subtract({ minutes: RESENT_MINUTES })
  const found = await findReturnOfCopy(db, barcode, { byId: terminalId, since })
  return found && { ...found, awaited: await isAwaited(db, found.bookId) }
}

function answer(
  { lending: { clock } }: SelfCheckDeps,
  request: Message<'checkin'>,
  { title, lateDays, fee, awaited }: Back,
  callNumber: string,
): Answered {
  const late = feeText(lateDays, fee)
  const texts = [...(awaited ? [WORDS.put_on_hold_shelf] : []), ...(late ? [late] : [])]
  return {
    message: {
      kind: 'checkinAnswer',
      fixed: { ok: '1', resensitize: 'Y', magnetic: 'U', alert: yes(awaited), at: sipMoment(clock.now()) },
      fields: [
        ['AO', institutionOf(request)],
        ['AB', barcodeOf(request)],
        ['AQ', callNumber],
        ['AJ', title ?? ''],
        ['CL', awaited ? BIN.holds : BIN.shelves],
        ['CK', '001'],
        ...(awaited ? ([['CV', HOLD_ALERT]] as const) : []),
        ...shown(texts.length > 0 ? joined(texts) : undefined),
      ],
    },
    outcome: 'ok',
  }
}
