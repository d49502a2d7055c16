/** More than four million events a day. */
export const PER_SECOND = 50
/** How often it is looked whether an event has been handled; what it adds to the figure. */
const LOOK_EVERY_MS = 2

export interface Publishing {
  /** Commits the event of this id. */
  commit(id: string): Promise<unknown>
  /** Which of these have been handled. */
  handled(ids: readonly string[]): Promise<readonly string[]>
  newId(): string
}

/**
 * Publishes events at an even pace, and looks until all were handled.
 * @returns the milliseconds that each took, from just before its commit: never too few
 */
export async function publishEvenly(seconds: number, publishing: Publishing): Promise<number[]> {
  const start = performance.now()
  const committing: Promise<void>[] = []
  const underWay = new Map<string, number>()
  const publishOne = async (id: string) => {
    const begun = performance.now()
    await publishing.commit(id)
    underWay.set(id, begun)
  }
  let published = false
  const watching = watch(publishing, underWay, () => published)
  for (let n = 0; n < seconds * PER_SECOND; n++) {
    const wait = start + (n * 1_000) / PER_SECOND - performance.now()
    if (wait > 0) await new Promise((done) => setTimeout(done, wait))
    committing.push(publishOne(publishing.newId()))
  }
  await Promise.all(committing)
  published = true
  return watching
}

async function watch(
  { handled }: Publishing,
  underWay: Map<string, number>,
  published: () => boolean,
): Promise<number[]> {
  const times: number[] = []
  while (!published() || underWay.size > 0) {
    const done = underWay.size > 0 ? await handled([...underWay.keys()]) : []
    const now = performance.now()
    for (const id of done) {
      const begun = underWay.get(id)
      if (begun === undefined || !underWay.delete(id)) continue
      times.push(now - begun)
    }
    await new Promise((again) => setTimeout(again, LOOK_EVERY_MS))
  }
  return times
}
