import { type Answered, institutionOf, type SelfCheckDeps, type Station, yes } from './station.ts'
import { hashOfSecret } from './terminals/manage-terminals.ts'
import { findBySecret, noteSeen, type Terminal } from './terminals/terminal-store.ts'
import { sipMoment } from './wire/dates.ts'
import { fieldOf, type Message } from './wire/message.ts'

/** The only way we read names and secrets: as they are. */
const PLAIN = new Set(['0', ' '])

/** A machine says who it is. A wrong name and a wrong secret are answered alike, and noted for security. */
export async function login(
  deps: SelfCheckDeps,
  station: Station,
  request: Message<'login'>,
): Promise<Answered> {
  const { nameAlgorithm, secretAlgorithm } = request.fixed
  const isPlain = PLAIN.has(nameAlgorithm) && PLAIN.has(secretAlgorithm)
  const name = fieldOf(request, 'CN')
  const found = isPlain ? await prove(deps, station, fieldOf(request, 'CO'), name) : undefined
  station.terminal = found
  station.proved = undefined
  return {
    message: { kind: 'loginAnswer', fixed: { ok: found ? '1' : '0' }, fields: [] },
    outcome: found ? 'ok' : 'refused',
  }
}

/**
 * The terminal with a secret. Machines that never log in say it as their password (`AC`) with every message instead.
 * Nobody guesses 120 random bits, and behind a proxy all machines have one address: so whoever is wrong too often is
 * noted no more, and whoever is right is never kept out.
 * @param name the one it logs in with, where it does
 */
export async function prove(
  { lending: { db, clock }, log, loginTries }: SelfCheckDeps,
  { address }: Station,
  secret: string,
  name?: string,
): Promise<Terminal | undefined> {
  const now = clock.now()
  const found = secret === '' ? undefined : await findBySecret(db, hashOfSecret(secret))
  if (found && (name === undefined || found.name === name.toLowerCase())) {
    await noteSeen(db, found.id, now)
    return found
  }
  if (loginTries.areUsedUp(address, now)) return undefined
  loginTries.note(address, now)
  log.warn({ security: 'wrong_password', address, route: 'sip2' }, 'a machine did not prove who it is')
  return undefined
}

/** In tenths of a second; a machine that waited so long asks again, or works offline. */
const TIMEOUT = '100'
const RETRIES = '003'

/**
 * What the library can do for machines. The letters of `BX` say it of each message, in this order: patron status,
 * checkout, checkin, block patron, status, resend, login, patron information, end session, fee paid, item information,
 * item status update, patron enable, hold, renew, renew all.
 */
export async function status(
  { lending: { db, clock }, log }: SelfCheckDeps,
  { terminal }: Station,
  request: Message<'status'>,
): Promise<Answered> {
  const now = clock.now()
  if (terminal) await noteSeen(db, terminal.id, now)
  if (request.fixed.code !== '0')
    log.warn({ terminal: terminal?.name, status: request.fixed.code }, 'a self-check machine needs somebody')
  return {
    message: {
      kind: 'statusAnswer',
      fixed: {
        online: 'Y',
        checkin: 'Y',
        checkout: 'Y',
        renewal: 'Y',
        statusUpdate: 'N',
        offline: 'Y',
        timeout: TIMEOUT,
        retries: RETRIES,
        at: sipMoment(now),
        version: '2.00',
      },
      fields: [
        ['AO', institutionOf(request)],
        ['AM', '필리버리 도서관 Pillivery Library'],
        ['BX', `YYYNYYYYY${yes(terminal?.takesPayments === true)}YNNNYY`],
        ...(terminal ? ([['AN', terminal.place]] as const) : []),
      ],
    },
    outcome: 'ok',
  }
}
