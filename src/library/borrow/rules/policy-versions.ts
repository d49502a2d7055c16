/** What decides whether a version of the rules is in force. */
export interface PolicyVersion {
  readonly version: number
  readonly startsAt: Temporal.Instant
}

/** `replaced`: a newer version was there before it would have begun, so that no loan was ever made under it. */
export type PolicyState = 'planned' | 'in_force' | 'past' | 'replaced'

/**
 * What each version is now: of those that have begun the newest is in force. A version therefore takes the place of all
 * older ones that begin no earlier than itself.
 */
export function policyStates<V extends PolicyVersion>(
  versions: readonly V[],
  now: Temporal.Instant,
): readonly (V & { readonly state: PolicyState })[] {
  const began = (startsAt: Temporal.Instant, by: Temporal.Instant) =>
    Temporal.Instant.compare(startsAt, by) <= 0
  const inForce = Math.max(
    ...versions.filter(({ startsAt }) => began(startsAt, now)).map(({ version }) => version),
  )
  const stateOf = ({ version, startsAt }: PolicyVersion): PolicyState => {
    if (version === inForce) return 'in_force'
    const isReplaced = versions.some((other) => other.version > version && began(other.startsAt, startsAt))
    if (isReplaced) return 'replaced'
    return version < inForce ? 'past' : 'planned'
  }
  return versions.map((version) => ({ ...version, state: stateOf(version) }))
}
