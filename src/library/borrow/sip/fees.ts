import { refused, type Text } from '../../../platform/refusal.ts'
import { settleFees } from '../desk/fees.ts'
import { refuseOwn } from '../lending/librarian.ts'
import { keepRefused } from './copies.ts'
import { checkPatron } from './patron-check.ts'
import { refuseRequest } from './refuse.ts'
import { keyOf } from './renew.ts'
import { cardOf, type Handler, institutionOf } from './station.ts'
import { sipMoment } from './wire/dates.ts'
import { fieldOf } from './wire/message.ts'
import { saidOf, WORDS } from './words.ts'

/** As at the desk: nobody pays more at once. */
const MOST_WON = 100_000_000
/** Won have no parts; machines that know of money with some write them as noughts. */
const WON = /^([0-9]{1,9})(?:\.0+)?$/

/**
 * Notes what a patron has paid at a terminal that takes payments. Asked again with the same transaction (`BK`), or
 * without one with the same moment, it is noted once. Never more than is owed. Whatever is refused waits for a librarian:
 * the money is in the machine, so somebody has to give it back or find out why.
 */
export const feePaid: Handler<'feePaid'> = async (deps, station, request) => {
  const { lending, log } = deps
  const { terminal } = station
  const now = lending.clock.now()
  const paid = WON.exec(fieldOf(request, 'BV'))?.[1]
  const isWon = request.fixed.currency === 'KRW'
  const refuse = async (code: string, text: Text) => {
    const told = { amount: isWon && paid !== undefined ? Number(paid) : null, code }
    log.error({ terminal: terminal.name, card: cardOf(request), ...told }, 'a paid fee was refused')
    await keepRefused(deps, station, request, {
      what: 'payment',
      paymentRef: fieldOf(request, 'BK'),
      ...told,
    })
    return { message: refuseRequest(request, text, now), outcome: 'refused' } as const
  }
  if (!terminal.takesPayments) return refuse('no_payments', WORDS.no_payments)
  if (!isWon) return refuse('only_won', WORDS.only_won)
  const amount = Number(paid ?? 0)
  if (amount < 1 || amount > MOST_WON) return refuse('invalid_request', saidOf(refused('invalid_request')))
  const checked = await checkPatron(deps, station, request)
  if (checked.kind === 'unknown') return refuse('patron_unknown', WORDS.card_unknown)
  if (checked.kind === 'unproved') return refuse('patron_unproved', checked.why)
  const { id: patronId, card } = checked.patron
  // Who has its secret may say anything in its name, and is somebody who never settles their own fees.
  const own = refuseOwn(terminal.madeBy, patronId)
  if (own) return refuse(own.code, saidOf(own))
  const transaction = fieldOf(request, 'BK') || request.fixed.at
  const result = await settleFees(lending, {
    librarianId: terminal.id,
    patronId,
    idempotencyKey: keyOf('self-check', terminal.id, card, transaction),
    kind: 'payment',
    amount,
    reason: null,
  })
  if (result.kind === 'refused') return refuse(result.code, saidOf(result))
  return {
    message: {
      kind: 'feePaidAnswer',
      fixed: { accepted: 'Y', at: sipMoment(now) },
      fields: [
        ['AO', institutionOf(request)],
        ['AA', card],
        ['BK', fieldOf(request, 'BK') || result.body.id],
      ],
    },
    outcome: 'ok',
  }
}
