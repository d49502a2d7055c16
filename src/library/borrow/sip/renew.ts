import { createHash } from 'node:crypto'
import type { Actor } from '../../../platform/http/actor.ts'
import type { Text } from '../../../platform/refusal.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { renewLoan } from '../lending/renew-loan.ts'
import { listCopiesOut } from '../store/copy-store.ts'
import { keepIfOffline, loanOfCopy } from './copies.ts'
import { checkPatron } from './patron-check.ts'
import { refuseRequest } from './refuse.ts'
import { barcodeOf, type Handler, institutionOf, one, patronAs, type SelfCheckDeps } from './station.ts'
import { sipDue, sipMoment } from './wire/dates.ts'
import { fieldOf } from './wire/message.ts'
import { saidOf, WORDS } from './words.ts'

/** Words as a key of requests. */
export const keyOf = (...words: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(words)).digest('base64url')

/**
 * Renews a loan for its patron. Asked again with the same moment by the machine's clock it renews once; of machines
 * whose clock stands still, once a day. Refusals: those of `renewLoan`.
 * @param at the moment in the request
 */
export function renewForPatron(
  { lending }: SelfCheckDeps,
  actor: Actor,
  loanId: string,
  at: string,
): ReturnType<typeof renewLoan> {
  const today = businessDate(lending.clock.now()).toString()
  const idempotencyKey = keyOf('self-check', actor.sessionId, loanId, at, today)
  return renewLoan(lending, { actor, loanId, idempotencyKey, override: undefined })
}

/** Renews the loan of the copy in the patron's hand, or of one on the machine's list. */
export const renew: Handler<'renew'> = async (deps, station, request) => {
  const now = deps.lending.clock.now()
  const refuse = async (code: string, text: Text) => {
    await keepIfOffline(deps, station, request, code)
    return { message: refuseRequest(request, text, now), outcome: 'refused' } as const
  }
  const checked = await checkPatron(deps, station, request)
  if (checked.kind === 'unknown') return refuse('patron_unknown', WORDS.card_unknown)
  if (checked.kind === 'unproved') return refuse('patron_unproved', checked.why)
  const lent = await loanOfCopy(deps, barcodeOf(request))
  if (lent?.loan.patronId !== checked.patron.id) return refuse('not_found', WORDS.not_yours)
  const actor = patronAs(checked.patron, station.terminal)
  const result = await renewForPatron(deps, actor, lent.loan.id, request.fixed.at)
  if (result.kind === 'refused') return refuse(result.code, saidOf(result))
  const { dueOn, id } = result.body
  const { title } = result.body.book
  return {
    message: {
      kind: 'renewAnswer',
      fixed: { ok: '1', renewed: 'Y', magnetic: 'U', desensitize: 'N', at: sipMoment(now) },
      fields: [
        ['AO', institutionOf(request)],
        ['AA', fieldOf(request, 'AA')],
        ['AB', barcodeOf(request)],
        ['AJ', title ?? ''],
        ['AH', sipDue(dueOn)],
        ['CK', '001'],
        ['BK', id],
      ],
    },
    outcome: 'ok',
  }
}

/** More than anybody has; the counts of the answer have four digits. */
const MOST_COPIES = 200

/** Renews what can be renewed of all a patron has, and says of each copy whether it was. */
export const renewAll: Handler<'renewAll'> = async (deps, station, request) => {
  const { db, clock } = deps.lending
  const checked = await checkPatron(deps, station, request)
  if (checked.kind !== 'proved') {
    const why = checked.kind === 'unknown' ? WORDS.card_unknown : checked.why
    return { message: refuseRequest(request, why, clock.now()), outcome: 'refused' }
  }
  const actor = patronAs(checked.patron, station.terminal)
  const copies = await listCopiesOut(db, checked.patron.id, MOST_COPIES)
  const renewed = new Map<string, boolean>()
  // One after the other: they are loans of one patron, and locks of one row.
  for (const { loanId } of copies) {
    if (renewed.has(loanId)) continue
    const result = await renewForPatron(deps, actor, loanId, request.fixed.at)
    renewed.set(loanId, result.kind !== 'refused')
  }
  const done = copies.filter(({ loanId }) => renewed.get(loanId) === true)
  const left = copies.filter(({ loanId }) => renewed.get(loanId) !== true)
  const count = (list: readonly unknown[]) => String(list.length).padStart(4, '0')
  return {
    message: {
      kind: 'renewAllAnswer',
      fixed: {
        ok: one(left.length === 0),
        renewed: count(done),
        unrenewed: count(left),
        at: sipMoment(clock.now()),
      },
      fields: [
        ['AO', institutionOf(request)],
        ...done.map(({ barcode }) => ['BM', barcode] as const),
        ...left.map(({ barcode }) => ['BN', barcode] as const),
      ],
    },
    outcome: 'ok',
  }
}
