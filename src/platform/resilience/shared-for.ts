/**
 * The same answer for everybody who asks within a time, also while it is still on its way.
 * @param ms how long an answer is given again, from the moment it was asked for
 */
export function sharedFor<T>(
  ms: number,
  read: () => Promise<T>,
  now = () => performance.now(),
): () => Promise<T> {
  let last: { at: number; value: Promise<T> } | undefined
  return () => {
    if (!last || now() - last.at > ms) last = { at: now(), value: read() }
    return last.value
  }
}
