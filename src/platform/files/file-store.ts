/**
 * Keeps files by name. A name stands for its content: what is kept under it is never changed, only removed. Every
 * process of an installation sees the same files.
 */
export interface FileStore {
  /** Keeps bytes under a name, all of them or none, and again changes nothing. */
  put(name: string, bytes: Uint8Array): Promise<void>
  /** What is kept under a name; undefined when nothing is. */
  get(name: string): Promise<Buffer | undefined>
  /** Removes what is kept under a name; nothing may be. */
  remove(name: string): Promise<void>
  /** Removes what puts that were cut off before this moment have left behind. */
  tidy(before: Temporal.Instant): Promise<void>
}

/** Names are no paths, whoever made them up. @throws RangeError for any other */
export function requireName(name: string): string {
  if (!/^[0-9a-z]{2}[0-9a-z-]{0,80}\.[a-z]{2,4}$/.test(name))
    throw new RangeError(`not the name of a file: ${name}`)
  return name
}
