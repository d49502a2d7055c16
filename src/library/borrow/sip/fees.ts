import { refused, type Text } from '../../../platform/refusal.ts'
import { settleFees } from '../desk/fees.ts'
import { checkPatron } from './patron-check.ts'
import { refuseRequest } from './refuse.ts'
import { keyOf } from './renew.ts'
import { type Handler, institutionOf } from './station.ts'
import { sipMoment } from './wire/dates.ts'
import { fieldOf } from './wire/message.ts'
import { saidOf, WORDS } from './words.ts'

/** As at the desk: nobody pays more at once. */
const MOST_WON = 100_000_000
/** Won have no parts; machines that know of money with some write them as noughts. */
const WON = /^([0-9]{1,9})(?:\.0+)?$/

/**
 * Notes what a patron has paid at a terminal that takes payments. Asked again with the same transaction (`BK`), or
 * without one with the same moment, it is noted once. Never more than is owed.
 */
export const feePaid: Handler<'feePaid'> = async (deps, station, request) => {
  const { lending, log } = deps
  const { terminal } = station
  const now = lending.clock.now()
  const refuse = (text: Text) => ({ message: refuseRequest(request, text, now), outcome: 'refused' }) as const
  if (!terminal.takesPayments) return refuse(WORDS.no_payments)
  if (request.fixed.currency !== 'KRW') return refuse(WORDS.only_won)
  const amount = Number(WON.exec(fieldOf(request, 'BV'))?.[1] ?? 0)
  if (amount < 1 || amount > MOST_WON) return refuse(saidOf(refused('invalid_request')))
  const checked = await checkPatron(deps, station, request)
  if (checked.kind === 'unknown') return refuse(WORDS.card_unknown)
  if (checked.kind === 'unproved') return refuse(checked.why)
  const { id: patronId, card } = checked.patron
  const transaction = fieldOf(request, 'BK') || request.fixed.at
  const result = await settleFees(lending, {
    librarianId: terminal.id,
    patronId,
    idempotencyKey: keyOf('self-check', terminal.id, card, transaction),
    kind: 'payment',
    amount,
    reason: null,
  })
  if (result.kind === 'refused') {
    // The money is in the machine: somebody has to give it back or find out why.
    log.error(
      { terminal: terminal.name, account: patronId, amount, code: result.code },
      'a paid fee was refused',
    )
    return refuse(saidOf(result))
  }
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
