/** Those who ask for what somebody else is reading at this moment: they wait for that one, and not for a place. */
export interface Followers<O> {
  /** What becomes of who reads it now; undefined when nobody does, or when too many follow already. */
  follow(what: string): Promise<O> | undefined
  /** Reads it, followed by all who ask meanwhile. A failure reaches them, too. */
  lead(what: string, read: () => Promise<O>): Promise<O>
}

/** @param most who follow at one time, whatever they follow: each keeps a connection open and a little memory. */
export function createFollowers<O>(most: number): Followers<O> {
  const underWay = new Map<string, Promise<O>>()
  let following = 0

  async function counted(reading: Promise<O>): Promise<O> {
    following += 1
    try {
      return await reading
    } finally {
      following -= 1
    }
  }

  return {
    follow: (what) => {
      const reading = underWay.get(what)
      return reading === undefined || following >= most ? undefined : counted(reading)
    },
    lead: (what, read) => {
      // Too many follow: who comes then reads beside the one who is followed.
      if (underWay.has(what)) return read()
      const reading = read().finally(() => underWay.delete(what))
      underWay.set(what, reading)
      return reading
    },
  }
}
