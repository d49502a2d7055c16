import { PROVIDERS, type ProviderName } from '../../../src/identity/index.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'

/** The login provider an address names; undefined for anything else. */
export function loginProviderIn(text: string | undefined): ProviderName | undefined {
  return PROVIDERS.find((name) => name === text)
}

/** Ways in by somebody else's login; nothing where none is offered. Links, because a form would end elsewhere. */
export function ProviderButtons({ site, visit, next }: { site: Site; visit: Visit; next: string }) {
  const { providers } = site.world.identity.social
  if (providers.length === 0) return null
  const { logins } = visit.words
  return (
    <>
      <div className="ways">
        {providers.map((provider) => (
          <a
            key={provider}
            className={`button ${provider}`}
            href={`${visit.to(`/login/${provider}`)}?${new URLSearchParams({ next })}`}
            rel="nofollow"
          >
            {logins.begin[provider]}
          </a>
        ))}
      </div>
      <p className="or">{logins.or}</p>
    </>
  )
}
