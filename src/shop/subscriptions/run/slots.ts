/** Lets so many pieces of work run at once; the others wait in line. */
export function createSlots(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most
  const line: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else {
      const { promise, resolve } = Promise.withResolvers<void>()
      line.push(resolve)
      await promise
    }
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next) next()
      else free += 1
    }
  }
}
