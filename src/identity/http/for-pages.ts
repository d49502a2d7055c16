import type { FastifyRequest } from 'fastify'
import { ACCESS_TOKEN_SECONDS } from '../../platform/auth/access-token.ts'
import type { Actor } from '../../platform/http/actor.ts'
import type { Refused } from '../../platform/refusal.ts'
import { addAddress, changeAddress, preferAddress, removeAddress } from '../accounts/address-book.ts'
import { changeProfile } from '../accounts/change-profile.ts'
import { type Device, devicesOf, endDevice, endOtherDevices } from '../accounts/devices.ts'
import type { AgreedTo } from '../accounts/legal-for-pages.ts'
import { knowBrowser, resetPassword, sendLinkTo } from '../accounts/reset-password.ts'
import { signUp } from '../accounts/sign-up.ts'
import { askForVerification, verifyEmail } from '../accounts/verify-email.ts'
import { withdrawAccount } from '../accounts/withdraw-account.ts'
import type { Context } from '../context.ts'
import type { Addressee, ProfileChange, SignUp } from '../rules/account.ts'
import { deviceLabel } from '../rules/session.ts'
import { recogniseBrowser } from '../sessions/browser-session.ts'
import { loginByBrowser } from '../sessions/login.ts'
import { logout } from '../sessions/logout.ts'
import type { Profile } from '../store/profile.ts'
import { type SavedAddress, savedAddresses } from '../store/saved-addresses.ts'
import { changeLimit } from './change-limit.ts'
import type { Limits } from './rate-limits.ts'

/** One's own address book, as pages use it: the use cases of the API. */
export interface AddressBook {
  list(actor: Actor): Promise<SavedAddress[]>
  add(actor: Actor, typed: Parameters<typeof addAddress>[2]): ReturnType<typeof addAddress>
  change(actor: Actor, id: string, typed: Addressee): ReturnType<typeof changeAddress>
  prefer(actor: Actor, id: string): ReturnType<typeof preferAddress>
  remove(actor: Actor, id: string): ReturnType<typeof removeAddress>
}

/** The address book as the pages use it. */
export function createAddressBook(context: Context): AddressBook {
  return {
    list: (actor) => savedAddresses(context.db, actor.userId),
    add: (actor, typed) => addAddress(context, actor, typed),
    change: (actor, id, typed) => changeAddress(context, actor, id, typed),
    prefer: (actor, id) => preferAddress(context, actor, id),
    remove: (actor, id) => removeAddress(context, actor, id),
  }
}

/** What people do with their accounts in a browser: the use cases of the API, under the same limits. */
export interface Accounts {
  /** Refusals: those of `signUp`, too_many_requests. */
  signUp(
    request: FastifyRequest,
    typed: SignUp & { agreedTo?: AgreedTo },
  ): Promise<{ kind: 'registered'; profile: Profile } | Refused>
  /**
   * Gives the secret for the browser's cookie, and a Set-Cookie header by which the browser is known again.
   * Refusals: those of `login`, too_many_requests.
   */
  login(
    request: FastifyRequest,
    typed: { email: string; password: string },
  ): Promise<{ kind: 'signed_in'; secret: string; knownDevice: string } | Refused>
  /** Who the secret of a cookie belongs to. */
  recognise(secret: string): Promise<Actor | 'expired' | 'invalid'>
  /**
   * An access token for what a signed-in browser asks of the API by script. It ends with the session of the browser, and
   * nothing renews it but that. `expiresIn` in seconds.
   */
  accessToken(actor: Actor): Promise<{ accessToken: string; expiresIn: number }>
  logout(actor: Actor): Promise<void>
  /** Refusals: those of `changeProfile`, too_many_requests. */
  change(
    request: FastifyRequest,
    actor: Actor,
    typed: ProfileChange & { currentPassword?: string },
  ): Promise<{ kind: 'changed'; profile: Profile } | Refused>
  /** Refusals: those of `askForVerification`. */
  askForVerification(actor: Actor): Promise<{ kind: 'sent'; expiresAt: Temporal.Instant } | Refused>
  /** Refusals: link_invalid. */
  verifyEmail(token: string): Promise<{ kind: 'verified' } | Refused>
  /** Whether there is such an account, nobody learns. Refusals: too_many_requests. */
  sendLink(
    request: FastifyRequest,
    email: string,
    purpose: 'reset_password' | 'know_browser',
  ): Promise<{ kind: 'sent' } | Refused>
  /** Gives a Set-Cookie header by which the browser is known. Refusals: those of `resetPassword`, too_many_requests. */
  resetPassword(
    request: FastifyRequest,
    typed: { token: string; newPassword: string },
  ): Promise<{ kind: 'reset'; knownDevice: string } | Refused>
  /** The same for a browser that is to be known. Refusals: link_invalid, too_many_requests. */
  knowBrowser(
    request: FastifyRequest,
    token: string,
  ): Promise<{ kind: 'known'; knownDevice: string } | Refused>
  /** Where the caller is signed in. */
  devices(actor: Actor): Promise<Device[]>
  /** Refusals: not_found. */
  endDevice(actor: Actor, sessionId: string): Promise<{ kind: 'ended' } | Refused>
  endOtherDevices(actor: Actor): Promise<void>
  /** Refusals: those of `withdrawAccount`, too_many_requests. */
  withdraw(request: FastifyRequest, actor: Actor, password: string): Promise<{ kind: 'withdrawn' } | Refused>
}

/** @param limits those of the API: one count for both ways in */
export function createAccounts(context: Context, limits: Limits): Accounts {
  return {
    signUp: async (request, typed) => (await limits.signUp(request, typed.email)) ?? signUp(context, typed),
    login: async (request, typed) => {
      const device = deviceLabel(request.headers['user-agent'])
      const refusal = await limits.login(request, typed.email)
      if (refusal) return refusal
      const result = await loginByBrowser(context, { ...typed, device })
      return result.kind === 'refused' ? result : { ...result, knownDevice: limits.keepDevice(typed.email) }
    },
    recognise: (secret) => recogniseBrowser(context, secret),
    accessToken: async (actor) => ({
      accessToken: await context.issueAccessToken(actor),
      expiresIn: ACCESS_TOKEN_SECONDS,
    }),
    logout: (actor) => logout(context, actor),
    change: async (request, actor, typed) => {
      const refusal = await changeLimit(context, limits, request, actor.userId, typed)
      return refusal ?? changeProfile(context, actor, typed)
    },
    askForVerification: (actor) => askForVerification(context, actor.userId),
    verifyEmail: (token) => verifyEmail(context, token),
    sendLink: async (request, email, purpose) => {
      const refusal = await limits.letter(request, email)
      if (refusal) return refusal
      await sendLinkTo(context, email, purpose)
      return { kind: 'sent' }
    },
    resetPassword: async (request, typed) => {
      const refusal = await limits.social(request, '')
      if (refusal) return refusal
      const result = await resetPassword(context, typed)
      return result.kind === 'refused'
        ? result
        : { kind: 'reset', knownDevice: limits.keepDevice(result.email) }
    },
    knowBrowser: async (request, token) => {
      const refusal = await limits.social(request, '')
      if (refusal) return refusal
      const result = await knowBrowser(context, token)
      return result.kind === 'refused'
        ? result
        : { kind: 'known', knownDevice: limits.keepDevice(result.email) }
    },
    devices: (actor) => devicesOf(context.db, actor, context.clock.now()),
    endDevice: (actor, sessionId) => endDevice(context, actor, sessionId),
    endOtherDevices: (actor) => endOtherDevices(context, actor),
    withdraw: async (request, actor, password) =>
      (await limits.passwordChange(request, actor.userId)) ?? withdrawAccount(context, actor, password),
  }
}
