import type { Db, Tx } from '../../platform/database/database.ts'
import type { Role } from '../../platform/http/actor.ts'
import type { RevocationReason } from '../rules/session.ts'
import type { ProviderName } from '../rules/social-person.ts'

type AccountRow = {
  id: string
  status: 'active' | 'withdrawn'
  email: string | null
  display_name: string | null
  real_name: string | null
  phone: string | null
  city: string | null
  address_detail: string | null
  postal_code: string | null
  password_hash: string | null
  roles: Role[]
  version: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  withdrawn_at: Temporal.Instant | null
  email_verified_at: Temporal.Instant | null
}

type SessionRow = {
  id: string
  account_id: string
  device: string | null
  created_at: Temporal.Instant
  last_used_at: Temporal.Instant
  revoked_at: Temporal.Instant | null
  revoked_reason: RevocationReason | null
}

type RefreshTokenRow = {
  hash: Buffer
  session_id: string
  issued_at: Temporal.Instant
  expires_at: Temporal.Instant
  used_at: Temporal.Instant | null
}

type BrowserSessionRow = {
  hash: Buffer
  session_id: string
  issued_at: Temporal.Instant
  expires_at: Temporal.Instant
}

type OneTimeLinkRow = {
  id: string
  account_id: string
  purpose: string
  hash: Buffer
  issued_at: Temporal.Instant
  expires_at: Temporal.Instant
  used_at: Temporal.Instant | null
  replaced_at: Temporal.Instant | null
}

type LastLettersRow = {
  account_id: string
  email: string
  display_name: string
  verified: boolean
  until: Temporal.Instant
}

type SocialLoginRow = {
  provider: ProviderName
  subject: string
  account_id: string
  linked_at: Temporal.Instant
  last_used_at: Temporal.Instant
}

type SavedAddressRow = {
  id: string
  account_id: string
  place: number
  name: string
  phone: string
  city: string
  address_detail: string
  postal_code: string
  is_default: boolean
  saved_at: Temporal.Instant
}

export type IdentityTables = {
  'identity.account': AccountRow
  'identity.last_letters': LastLettersRow
  'identity.session': SessionRow
  'identity.refresh_token': RefreshTokenRow
  'identity.browser_session': BrowserSessionRow
  'identity.one_time_link': OneTimeLinkRow
  'identity.social_login': SocialLoginRow
  'identity.saved_address': SavedAddressRow
}

/** The identity schema's tables, typed; no other schema is visible through it. */
export const identity = (db: Db | Tx) => db.$extendTables<IdentityTables>()

/** Where identity's events come from (the CloudEvents source). */
export const IDENTITY = 'identity'
