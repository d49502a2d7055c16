import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'

/** Where identity's events come from (the CloudEvents source). */
export const IDENTITY = 'identity'

/** An account came into being. No personal data: whoever needs it asks for the profile. Subject: the account. */
export const accountRegistered = defineEvent(
  'identity.account.registered',
  1,
  Type.Object({ accountId: Type.String({ format: 'uuid' }), roles: Type.Array(Type.String()) }),
)

/** An account was withdrawn by its owner; its personal data is gone and its logins are revoked. */
export const accountWithdrawn = defineEvent(
  'identity.account.withdrawn',
  1,
  Type.Object({ accountId: Type.String({ format: 'uuid' }) }),
)
