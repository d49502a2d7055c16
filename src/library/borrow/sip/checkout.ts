import { newId } from '../../../platform/ids.ts'
import type { Text } from '../../../platform/refusal.ts'
import { lendAtDesk } from '../desk/scans.ts'
import { cancelLoan } from '../lending/cancel-loan.ts'
import { loanView } from '../lending/loan-view.ts'
import { returnCopies } from '../lending/return-copies.ts'
import type { Loan } from '../rules/loan.ts'
import { tooLateToUndo } from '../rules/undoing.ts'
import { findUndoneLoan } from '../store/copy-store.ts'
import type { LentUnder } from '../store/loan-row.ts'
import { findLoan } from '../store/loan-store.ts'
import type { CardHolder } from '../store/patron-store.ts'
import { awaitSettled, bookOfCopy, keepIfOffline, loanOfCopy, RESENT_MINUTES, shown } from './copies.ts'
import { checkPatron } from './patron-check.ts'
import { refuseRequest } from './refuse.ts'
import { renewForPatron } from './renew.ts'
import {
  type Answered,
  barcodeOf,
  type Handler,
  institutionOf,
  patronAs,
  type SelfCheckDeps,
  yes,
} from './station.ts'
import { sipDue, sipMoment } from './wire/dates.ts'
import { fieldOf, type Message } from './wire/message.ts'
import { saidOf, WORDS } from './words.ts'

type Outcome =
  | { kind: 'lent'; loan: Loan; done: 'lent' | 'renewed' | 'undone' }
  | { kind: 'no'; code: string; text: Text }

const no = (code: string, text: Text): Outcome => ({ kind: 'no', code, text })

/**
 * Lends a copy to the patron at the machine, by the rules of the desk and without any override. The machine is answered
 * when the catalogue has settled the loan, or, while the catalogue is away, that it is accepted, as at the desk.
 */
export const checkout: Handler<'checkout'> = async (deps, station, request) => {
  const checked = await checkPatron(deps, station, request)
  const outcome =
    checked.kind === 'unknown'
      ? no('patron_unknown', WORDS.card_unknown)
      : checked.kind === 'unproved'
        ? no('patron_unproved', checked.why)
        : await lend(deps, patronAs(checked.patron, station.terminal), checked.patron, request)
  if (outcome.kind === 'lent') return answer(deps, request, outcome)
  await keepIfOffline(deps, station, request, outcome.code)
  return { message: refuseRequest(request, outcome.text, deps.lending.clock.now()), outcome: 'refused' }
}

type Actor = ReturnType<typeof patronAs>

async function lend(
  deps: SelfCheckDeps,
  actor: Actor,
  patron: CardHolder,
  request: Message<'checkout'>,
): Promise<Outcome> {
  const barcode = barcodeOf(request)
  if (barcode === '') return no('barcode_missing', WORDS.barcode_missing)
  if (fieldOf(request, 'BI') === 'Y') return takeBackLoan(deps, actor, barcode)
  const own = await ownLoan(deps, patron, barcode)
  if (own) return lentAlready(deps, actor, own, request)
  const book = await bookOfCopy(deps, barcode)
  if (book.kind === 'no_answer') return no('no_answer', WORDS.try_later)
  const bookId = book.kind === 'book' ? book.id : undefined
  const asked = { card: patron.card, barcode, bookId }
  const result = await lendAtDesk(deps.lending, { actor, idempotencyKey: newId(), asked })
  if (result.kind === 'answered') return settled(deps, result.body.id)
  // Somebody else was quicker; if that was this very machine, asking again, it is answered alike.
  const made = await ownLoan(deps, patron, barcode)
  return made ? lentAlready(deps, actor, made, request) : no(result.code, saidOf(result))
}

async function ownLoan(
  deps: SelfCheckDeps,
  patron: CardHolder,
  barcode: string,
): Promise<LentUnder | undefined> {
  const lent = await loanOfCopy(deps, barcode)
  return lent?.loan.patronId === patron.id && lent.loan.state !== 'lost' ? lent : undefined
}

/** The same scan again gets the same answer; a later one renews, where the machine wishes that. */
async function lentAlready(
  deps: SelfCheckDeps,
  actor: Actor,
  { loan }: LentUnder,
  request: Message<'checkout'>,
): Promise<Outcome> {
  const now = deps.lending.clock.now()
  if (Temporal.Instant.compare(now, loan.borrowedAt.add({ minutes: RESENT_MINUTES })) <= 0)
    return settled(deps, loan.id)
  if (request.fixed.renewalPolicy !== 'Y') return no('already_yours', WORDS.already_yours)
  const renewal = await renewForPatron(deps, actor, loan.id, request.fixed.at)
  if (renewal.kind === 'refused') return no(renewal.code, saidOf(renewal))
  return { kind: 'lent', loan: (await awaitSettled(deps, loan.id)).loan, done: 'renewed' }
}

async function settled(deps: SelfCheckDeps, loanId: string): Promise<Outcome> {
  const lent = await awaitSettled(deps, loanId)
  const { state } = lent.loan
  if (state === 'pending' || state === 'active' || state === 'overdue')
    return { kind: 'lent', loan: lent.loan, done: 'lent' }
  const { reason } = loanView(lent, deps.lending.clock.today())
  return no(reason ?? 'not_lent', WORDS.not_lent)
}

/**
 * The machine could not hand the copy over after all: what was lent a moment ago is undone, within the time the desk has
 * for it. Of several copies lent together it holds one, and decides nothing about the others.
 */
async function takeBackLoan(deps: SelfCheckDeps, actor: Actor, barcode: string): Promise<Outcome> {
  const lent = await loanOfCopy(deps, barcode)
  if (lent?.loan.patronId !== actor.userId) return undoneBefore(deps, actor, barcode)
  const { id, state, quantity } = lent.loan
  const late = tooLateToUndo(lent.loan, deps.lending.clock.now())
  if (late) return no(late.code, saidOf(late))
  if (state === 'pending' && quantity > 1) return no('several_copies', WORDS.at_the_desk)
  const result =
    state === 'pending'
      ? await cancelLoan(deps.lending, { actor, loanId: id, undone: true })
      : await returnCopies(deps.lending, {
          actor,
          loanId: id,
          idempotencyKey: newId(),
          asked: { copies: 1, barcode },
          undone: true,
        })
  if (result.kind === 'refused') return no(result.code, saidOf(result))
  return { kind: 'lent', loan: lent.loan, done: 'undone' }
}

/** A machine that asks again is told that it is done. */
async function undoneBefore({ lending }: SelfCheckDeps, actor: Actor, barcode: string): Promise<Outcome> {
  const since = lending.clock.now().subtract({ minutes: RESENT_MINUTES })
  const id = await findUndoneLoan(lending.db, barcode, { patronId: actor.userId, since })
  const undone = id === undefined ? undefined : await findLoan(lending.db, id)
  return undone ? { kind: 'lent', loan: undone.loan, done: 'undone' } : no('not_yours', WORDS.not_yours)
}

function answer(
  { lending: { clock } }: SelfCheckDeps,
  request: Message<'checkout'>,
  { loan, done }: Extract<Outcome, { kind: 'lent' }>,
): Answered {
  const at = sipMoment(clock.now())
  const isTheirs = yes(done !== 'undone')
  return {
    message: {
      kind: 'checkoutAnswer',
      fixed: { ok: '1', renewed: yes(done === 'renewed'), magnetic: 'U', desensitize: isTheirs, at },
      fields: [
        ['AO', institutionOf(request)],
        ['AA', fieldOf(request, 'AA')],
        ['AB', barcodeOf(request)],
        ['AJ', loan.title ?? ''],
        ['AH', sipDue(loan.dueOn.toString())],
        ['CK', '001'],
        ['BK', loan.id],
        ...shown(loan.state === 'pending' && done === 'lent' ? WORDS.pending : undefined),
      ],
    },
    outcome: 'ok',
  }
}
