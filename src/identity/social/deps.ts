import type { Context } from '../context.ts'
import type { ProviderName } from '../rules/social-person.ts'
import type { LoginProvider } from './provider.ts'
import type { SealedThings } from './sealed.ts'

/** The world as logins at providers see it. */
export interface SocialDeps extends Context {
  /** Those that are offered, in their order. */
  providers: ReadonlyMap<ProviderName, LoginProvider>
  sealed: SealedThings
  /** Where a provider sends browsers back to. */
  returnTo(provider: ProviderName): string
}
