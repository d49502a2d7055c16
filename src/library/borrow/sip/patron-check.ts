import type { Text } from '../../../platform/refusal.ts'
import { type CardHolder, findByCard } from '../store/patron-store.ts'
import { cardOf, type SelfCheckDeps, type Station } from './station.ts'
import type { Terminal } from './terminals/terminal-store.ts'
import { fieldOf, type Message } from './wire/message.ts'
import { WORDS } from './words.ts'

/** For so long a password counts after the last message of its patron, unless their session ends before. */
const PROVED_MINUTES = 5

/** The patron a request is about, and whether a machine may act for them. */
export type Checked =
  | { readonly kind: 'unknown' }
  /** `why`: what is shown. */
  | { readonly kind: 'unproved'; readonly patron: CardHolder; readonly why: Text }
  | { readonly kind: 'proved'; readonly patron: CardHolder }

/**
 * Finds the patron of a card and checks their password: where the terminal asks for one it must be right, elsewhere one
 * that is said must not be wrong. Somebody who has proved themselves a moment ago at the same machine is believed.
 */
export async function checkPatron(
  deps: SelfCheckDeps,
  station: Station & { terminal: Terminal },
  request: Message,
): Promise<Checked> {
  const { lending, log, others, passwordTries } = deps
  const card = cardOf(request)
  const patron = card === '' ? undefined : await findByCard(lending.db, card)
  if (!patron) return { kind: 'unknown' }
  const unproved = (why: Text) => ({ kind: 'unproved', patron, why }) as const
  const now = lending.clock.now()
  const { asksPassword, name } = station.terminal
  const password = fieldOf(request, 'AD')
  if (password === '') {
    const { proved } = station
    const stands = proved?.patronId === patron.id && Temporal.Instant.compare(now, proved.until) <= 0
    if (asksPassword && !stands) return unproved(WORDS.password_needed)
  } else {
    if (passwordTries.areUsedUp(card, now)) return unproved(WORDS.too_many_tries)
    const proof = await others.provePassword(patron.id, password)
    if (proof === 'wrong') {
      passwordTries.note(card, now)
      // Identity has noted whose it was; from where it came is known here.
      log.warn({ terminal: name, address: station.address }, 'a patron did not prove who they are')
      return unproved(WORDS.wrong_password)
    }
    if (proof === 'no_answer' && asksPassword) return unproved(WORDS.try_later)
  }
  if (asksPassword) station.proved = { patronId: patron.id, until: now.add({ minutes: PROVED_MINUTES }) }
  return { kind: 'proved', patron }
}
