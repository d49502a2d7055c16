import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'
import { Instant } from './values.ts'

/** What identity tells. Subject, unless said otherwise: the account, with its row's `version`. */

const AccountId = Type.String({ format: 'uuid' })

export const accountRegistered = defineEvent(
  'identity.account.registered',
  1,
  Type.Object(
    { accountId: AccountId, roles: Type.Array(Type.String()) },
    { description: 'An account came into being. No personal data: whoever needs it asks for the profile.' },
  ),
)

export const linkIssued = defineEvent(
  'identity.link.issued',
  1,
  Type.Object(
    {
      linkId: Type.String({ format: 'uuid' }),
      accountId: AccountId,
      purpose: Type.String(),
      expiresAt: Type.String(),
    },
    {
      description:
        'A link is to be sent to the address of an account. Only its id: what it carries is asked for when the letter is written. Subject: the link.',
    },
  ),
)

export const accountWithdrawn = defineEvent(
  'identity.account.withdrawn',
  1,
  Type.Object(
    { accountId: AccountId },
    {
      description:
        'An account was withdrawn by its owner; its personal data is gone and its logins are revoked.',
    },
  ),
)

export const loginUnlinked = defineEvent(
  'identity.account.login-unlinked',
  1,
  Type.Object(
    {
      accountId: AccountId,
      provider: Type.String(),
      lastWayIn: Type.Boolean({ description: 'Nobody can log in until a password is set by a link' }),
      unlinkedAt: Instant,
    },
    {
      description:
        'A person has cut the connection at a login provider: it is no way into the account any more.',
    },
  ),
)

export const sessionEnded = defineEvent(
  'identity.session.ended',
  1,
  Type.Object(
    {
      sessionId: Type.String({ format: 'uuid' }),
      endedAt: Instant,
    },
    {
      description:
        'A session ended: no access token of it counts any more, in no process and on no database. Subject: the session, which tells this once.',
    },
  ),
)
