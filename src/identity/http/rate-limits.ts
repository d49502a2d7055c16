import type { FastifyRequest } from 'fastify'
import { clientAddressOf } from '../../platform/http/limits/client-address.ts'
import { createSharedLimit } from '../../platform/http/limits/shared-limit.ts'
import { noteSecurity } from '../../platform/http/security-log.ts'
import type { Redis } from '../../platform/redis/redis.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { KnownDevices } from '../sessions/known-device.ts'

export interface RateLimits {
  /** Logins a minute with one e-mail from one client address. */
  loginPerMinute: number
  /** Sign-ups a minute from one client address. */
  signUpPerMinute: number
}

/** Everybody behind one address, or everybody trying one e-mail, gets this many times the limit of one pair. */
const SHARED_FACTOR = 6
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Counts the request, and refuses it with the seconds until the next try. */
export type Limit = (
  request: FastifyRequest,
  name: string,
) => Promise<Refused<'too_many_requests'> | undefined>

export interface Limits {
  login: Limit
  signUp: Limit
  passwordChange: Limit
  /** Of letters with a link, which anybody may have sent to an address. */
  letter: Limit
  /** Of calls to login providers from one client address. */
  social: Limit
  /** Of changes that tell whether somebody else has a name or a number. */
  uniqueChange: Limit
  /** A Set-Cookie header by which the browser of who has just proved a password is known again. */
  keepDevice(email: string): string
}

/** Nobody changes their name or number more often in an hour; who does, looks for those of others. */
const UNIQUE_CHANGES_PER_HOUR = 10

/** Letters to one address in an hour, whoever asks for them; what the account itself allows is less. */
const LETTERS_PER_HOUR = 20

/**
 * Limits of login and sign-up. Per pair of address and e-mail: guessing one account's password. Per address: trying
 * one password on many accounts. Per e-mail: guessing from many addresses; browsers known for the e-mail are counted
 * apart, each by itself, so that strangers' guesses do not keep the owner out. Addresses of IPv6 count by their /64.
 * With Redis all processes count together; without it, and while it is away, n identity processes let n times as many
 * through.
 */
export function createRateLimits(
  { loginPerMinute, signUpPerMinute }: RateLimits,
  devices: KnownDevices,
  redis: Redis | undefined,
): Limits {
  const counter = (name: string, most: number, keyOf: KeyOf, windowMs = MINUTE_MS): Counter => {
    const limit = createSharedLimit({ name, most, windowMs, redis })
    return (request, who) => limit(keyOf(request, who.trim().toLowerCase()))
  }
  const loginsByAddress = counter('logins-of-address', loginPerMinute * SHARED_FACTOR, address)
  const strangers = allOf([
    counter('logins', loginPerMinute, pair),
    counter('logins-with-name', loginPerMinute * SHARED_FACTOR, alone),
    loginsByAddress,
  ])
  const known = allOf([counter('logins-of-device', loginPerMinute, alone), loginsByAddress])
  return {
    login: (request, name) => {
      const device = devices.idOf(request.headers.cookie, name)
      return device === undefined ? strangers(request, name) : known(request, device)
    },
    keepDevice: devices.keep,
    uniqueChange: allOf([counter('unique-changes', UNIQUE_CHANGES_PER_HOUR, alone, HOUR_MS)]),
    signUp: allOf([
      counter('sign-ups-of-address', signUpPerMinute, address),
      counter('sign-ups', signUpPerMinute, alone),
    ]),
    letter: allOf([
      counter('letters-of-address', signUpPerMinute, address),
      counter('letters', LETTERS_PER_HOUR, alone, HOUR_MS),
    ]),
    social: allOf([loginsByAddress]),
    passwordChange: allOf([counter('password-changes', loginPerMinute, alone)]),
  }
}

type KeyOf = (request: FastifyRequest, name: string) => string

const address: KeyOf = (request) => clientAddressOf(request.ip)
const alone: KeyOf = (_request, name) => name
const pair: KeyOf = (request, name) => `${address(request, name)} ${name}`

/** Counts one more: undefined while it may go on, else after how many seconds again. */
type Counter = (request: FastifyRequest, name: string) => Promise<number | undefined>

/** Asks the counters in turn; what one refuses does not count for the next. */
function allOf(counters: readonly Counter[]): Limit {
  return async (request, name) => {
    for (const count of counters) {
      const retryAfterSeconds = await count(request, name)
      if (retryAfterSeconds !== undefined) {
        // Pages show the refusal as a part of themselves.
        noteSecurity(request, 'too_many_requests')
        return refused('too_many_requests', { retryAfterSeconds })
      }
    }
    return undefined
  }
}
