/** The scans of the desk as they lie on this device, each under the name of who made it. */

/** What the names of somebody's scans begin with. */
export const scansOf = (userId: string) => `desk.scan.${userId}.`

/** How many scans of somebody wait to be sent. */
export function countWaiting(storage: Storage, userId: string): number {
  return readScans(storage, userId).filter(({ isWaiting }) => isWaiting).length
}

/**
 * Forgets the scans of somebody that were answered, which earlier versions of the page kept: they tell who borrowed
 * what. Those that wait stay, and so does what cannot be read.
 */
export function dropAnswered(storage: Storage, userId: string): void {
  for (const { name, isWaiting } of readScans(storage, userId)) if (!isWaiting) storage.removeItem(name)
}

function readScans(storage: Storage, userId: string) {
  const names = Array.from({ length: storage.length }, (_, n) => storage.key(n) ?? '')
  return names
    .filter((name) => name.startsWith(scansOf(userId)))
    .flatMap((name) => readScan(name, storage.getItem(name) ?? '') ?? [])
}

function readScan(name: string, text: string) {
  try {
    const read: unknown = JSON.parse(text)
    const kind = memberOf(memberOf(read, 'state'), 'kind')
    if (typeof kind !== 'string') return undefined
    return { name, isWaiting: kind === 'waiting' }
  } catch {
    return undefined
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
