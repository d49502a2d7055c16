/** How long the address a provider sends browsers back to shows what became of it, from its making. */
export const RETURN_LIFE = { hours: 24 } as const

const OPEN: ReadonlySet<string> = new Set(['created', 'awaiting_customer', 'authorised', 'sent', 'unknown'])

/**
 * Whether an address of return has had its day. It is a key without a login, and stays in the browser's history: it
 * shows nothing any more a day later, unless its outcome is still open.
 */
export function isReturnOver(
  { state, created_at }: { state: string; created_at: Temporal.Instant },
  now: Temporal.Instant,
): boolean {
  return !OPEN.has(state) && Temporal.Instant.compare(created_at.add(RETURN_LIFE), now) < 0
}
