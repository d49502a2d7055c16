import type { Letter } from '../wording/letter.ts'
import type { NoticeKind } from '../wording/notice.ts'
import type { Language } from '../wording/wording.ts'

/** A message ready to go. */
export interface OutgoingMessage extends Letter {
  /** The same for every try, so that whoever receives it can drop a repeat. */
  id: string
  kind: NoticeKind
  to: { readonly name: string; readonly email: string }
  language: Language
  createdAt: Temporal.Instant
}

/**
 * Hands one message over and returns once the other side has taken it. Ends within {@link CHANNEL_DEADLINE_MS}.
 * Throws when it should be tried again, {@link AddressRefused} when that would be of no use. Nothing thrown names
 * the recipient: errors are logged and shown to operators.
 */
export type Channel = (message: OutgoingMessage) => Promise<void>

/** Longest time one hand-over may take; shorter than the time a sender may keep a message to itself. */
export const CHANNEL_DEADLINE_MS = 60_000

/** The mail server says for good that it does not take mail for this address. */
export class AddressRefused extends Error {}
