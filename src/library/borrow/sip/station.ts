import type { Actor } from '../../../platform/http/actor.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import type { LendingDeps } from '../lending/deps.ts'
import type { SelfCheckPort } from '../self-check-port.ts'
import type { StockPort } from '../stock-port.ts'
import type { CardHolder } from '../store/patron-store.ts'
import type { Terminal } from './terminals/terminal-store.ts'
import type { Tries } from './tries.ts'
import type { Asked } from './wire/layouts.ts'
import { fieldOf, type Message } from './wire/message.ts'

/** What everything about self-check machines stands on. */
export interface SelfCheckDeps {
  lending: LendingDeps & { stock: StockPort }
  others: SelfCheckPort
  log: Logger
  /** Wrong passwords of patrons, by card. */
  passwordTries: Tries
  /** Wrong secrets of machines that were noted, by address. */
  loginTries: Tries
  /** How long a machine waits for the catalogue to settle a loan, in milliseconds. */
  settleMs: number
}

/** One machine in conversation with us. */
export interface Station {
  /** From where it is connected. */
  readonly address: string
  /** Undefined until it has logged in. */
  terminal: Terminal | undefined
  /** Who has proved themselves by their password, until their session ends. */
  proved: { readonly patronId: string; readonly until: Temporal.Instant } | undefined
}

/** What is answered, and what it was for the figures. */
export interface Answered {
  readonly message: Message
  readonly outcome: 'ok' | 'refused' | 'failed'
}

/** Asks of machines that have logged in are answered by these. */
export type Handler<K extends Asked> = (
  deps: SelfCheckDeps,
  station: Station & { terminal: Terminal },
  request: Message<K>,
) => Promise<Answered>

/** Stands in answers to machines that do not say of which library they are. */
const INSTITUTION = 'PILLIVERY'

/** The library a request names, which its answer names, too. */
export const institutionOf = (request: Message): string => fieldOf(request, 'AO') || INSTITUTION

/** The card a request names, as cards are written. */
export const cardOf = (request: Message): string => fieldOf(request, 'AA').toUpperCase()

/** The barcode a request names, as barcodes are written. */
export const barcodeOf = (request: Message): string => fieldOf(request, 'AB').toUpperCase()

/** A machine does for a patron what they might do by themselves, and nothing else. */
export function patronAs(patron: CardHolder, terminal: Terminal): Actor {
  return { userId: patron.id, roles: ['customer'], sessionId: terminal.id }
}

/**
 * A machine takes back whatever is put into it, by whomever, as the desk does: in its own name, and as of when it was
 * put in; whoever added the machine answers for when that was. Used for returns alone.
 */
export function deskAs(terminal: Terminal): Actor {
  return { userId: terminal.id, roles: ['librarian'], sessionId: terminal.id }
}

/** Yes or no as a letter. */
export const yes = (is: boolean) => (is ? 'Y' : 'N')
/** Yes or no as a digit. */
export const one = (is: boolean) => (is ? '1' : '0')
