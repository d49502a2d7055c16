import Type, { type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { Signer } from '../../platform/signer.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { PROVIDERS } from '../rules/social-person.ts'

/** Something a client keeps for us for some minutes. It can be read by whoever has it, but not be made or changed. */
export interface Sealed<T> {
  seal(content: T): string
  /** Undefined when we did not seal it, when it is too old, or meant for something else. */
  open(text: string): T | undefined
}

function sealedBy<S extends TSchema>(
  signer: Signer,
  clock: Clock,
  { prefix, minutes, schema }: { prefix: string; minutes: number; schema: S },
): Sealed<Static<S>> {
  return {
    seal: (content) => {
      const until = clock.now().add({ minutes }).epochMilliseconds
      const text = Buffer.from(JSON.stringify(content)).toString('base64url')
      return signer.sign(`${prefix}.${until}.${text}`)
    },
    open: (text) => {
      const [given, until, content = ''] = signer.verify(text)?.split('.') ?? []
      if (given !== prefix || !(Number(until) > clock.now().epochMilliseconds)) return undefined
      const value: unknown = JSON.parse(Buffer.from(content, 'base64url').toString())
      return Value.Check(schema, value) ? value : undefined
    },
  }
}

const orNull = Type.Union([Type.String(), Type.Null()])

const Flow = Type.Object({
  provider: Type.Enum(PROVIDERS),
  state: Type.String(),
  nonce: Type.String(),
  verifier: Type.String(),
  /** The account that wants this provider as a further way in; null for a login. */
  linkTo: orNull,
})

const Ticket = Type.Object({
  provider: Type.Enum(PROVIDERS),
  subject: Type.String(),
  email: orNull,
  emailVerified: Type.Boolean(),
  name: orNull,
  phone: orNull,
})

/** A login on its way to a provider and back. */
export type LoginFlow = Static<typeof Flow>
/** Somebody whom a provider has named and who has no account of ours yet. */
export type SignUpTicket = Static<typeof Ticket>

export interface SealedThings {
  flows: Sealed<LoginFlow>
  tickets: Sealed<SignUpTicket>
}

/** How long somebody may take at the provider, and then for the sign-up form. */
export const FLOW_MINUTES = 10
export const TICKET_MINUTES = 20

/** What browsers carry between two steps of a login at a provider, sealed by us and good for minutes. */
export function createSealedThings(signer: Signer, clock: Clock): SealedThings {
  return {
    flows: sealedBy(signer, clock, { prefix: 'flow1', minutes: FLOW_MINUTES, schema: Flow }),
    tickets: sealedBy(signer, clock, { prefix: 'ticket1', minutes: TICKET_MINUTES, schema: Ticket }),
  }
}
