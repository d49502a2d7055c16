import type { Refused } from '../../platform/refusal.ts'
import type { ProviderName, SocialPerson } from '../rules/social-person.ts'

/** What is remembered of a login that has begun, to hold against what comes back. */
export interface LoginChecks {
  state: string
  nonce: string
  /** Of PKCE. */
  verifier: string
}

/**
 * login_cancelled: the person did not want; login_not_proved: something does not fit (state, nonce, issuer, signature,
 * a code used before).
 */
export type LoginRefused = Refused<'login_cancelled' | 'login_not_proved' | 'login_provider_unavailable'>

/** Somebody who says who a person is. */
export interface LoginProvider {
  readonly name: ProviderName
  /** Of its address. */
  readonly origin: string
  /**
   * Where a browser goes to log in.
   * @param returnTo the address it is sent back to
   */
  begin(returnTo: string): Promise<{ kind: 'begun'; url: string; checks: LoginChecks } | LoginRefused>
  /**
   * Who has logged in.
   * @param returned the address the browser came back with
   */
  complete(
    returned: URL,
    checks: LoginChecks,
  ): Promise<{ kind: 'proved'; person: SocialPerson } | LoginRefused>
}
