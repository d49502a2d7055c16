import { Link } from '@tanstack/react-router'
import type { ServiceApart } from '../../pages/console/session.ts'
import { frameWords } from '../words/frame.ts'
import { useWords } from '../words/use-words.ts'
import { useSession } from './use-session.ts'

/** The service that the address names, if it is one that runs apart; undefined: the shop, or all in one process. */
export function useService(at: string | undefined): ServiceApart | undefined {
  return useSession()?.apart.find((name) => name === at)
}

/** Which service a room is about: each that runs apart has its own. Nothing where there is one process. */
export function ServiceTabs({ at }: { at: ServiceApart | undefined }) {
  const t = useWords(frameWords)
  const apart = useSession()?.apart ?? []
  if (apart.length === 0) return null
  return (
    <nav className="choices" aria-label={t.service}>
      {[undefined, ...apart].map((name) => (
        <Link
          key={name ?? 'shop'}
          to="."
          search={(now: Record<string, unknown>) => ({ ...now, at: name, after: undefined, page: undefined })}
          className="button"
          aria-current={name === at ? 'page' : undefined}
          activeProps={{}}
        >
          {t.services[name ?? 'shop']}
        </Link>
      ))}
    </nav>
  )
}
