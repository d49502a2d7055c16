import { useSyncExternalStore } from 'react'
import { onSession, type Role, type Session, type SessionState, sessionState } from '../api/session.ts'

export function useSessionState(): SessionState {
  return useSyncExternalStore(onSession, sessionState)
}

/** Whoever is, or was until a moment ago, logged in. */
export function useSession(): Session | undefined {
  const state = useSessionState()
  if (state.kind === 'open') return state.session
  return state.kind === 'ended' ? state.former : undefined
}

/** Whether the reader has one of the roles. What they may not do is not offered; the API refuses it in any case. */
export function useMay(...roles: readonly Role[]): boolean {
  const session = useSession()
  return roles.some((role) => session?.user.roles.includes(role))
}
