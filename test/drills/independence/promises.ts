/** What the document promises: by operation and outage, whether it goes on. */
export type Promises = ReadonlyMap<string, ReadonlyMap<string, 'yes' | 'no'>>

/**
 * Reads the table "what still works" of the document: the operations in the first column, the outages in the head, in
 * each cell `yes` or `–`.
 * @throws when there is no such table, or a cell says something else
 */
export function promisesIn(page: string): Promises {
  const lines = page.split('\n')
  const head = lines.findIndex((line) => /^\| *what \\ away *\|/.test(line))
  if (head < 0) throw new Error('the document has no table that begins with "what \\ away"')
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const outages = cells(lines[head] ?? '').slice(1)
  const promises = new Map<string, Map<string, 'yes' | 'no'>>()
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith('|')) break
    const [operation = '', ...said] = cells(line)
    if (said.length !== outages.length) throw new Error(`"${operation}" has not a cell for each outage`)
    promises.set(
      operation,
      new Map(outages.map((outage, n) => [outage, promiseOf(said[n] ?? '', `${operation}, ${outage}`)])),
    )
  }
  return promises
}

function promiseOf(cell: string, where: string): 'yes' | 'no' {
  if (cell === 'yes') return 'yes'
  if (cell === '–') return 'no'
  throw new Error(`${where}: "${cell}" is neither yes nor –`)
}

/** What was measured of one operation during one outage. */
export interface Measured {
  operation: string
  outage: string
  sent: number
  accepted: number
}

/**
 * Where the document and the machine differ. What goes on is accepted every time; what does not is refused at least
 * once, or else the document promises too little.
 */
export function brokenPromises(promises: Promises, measured: readonly Measured[]): string[] {
  return measured.flatMap(({ operation, outage, sent, accepted }) => {
    const promised = promises.get(operation)?.get(outage)
    const share = `${accepted} of ${sent} accepted`
    const where = `${operation}, while ${outage} is away`
    if (promised === undefined) return [`${where}: the document does not speak of it (${share})`]
    if (promised === 'yes' && accepted < sent) return [`${where}: promised, but ${share}`]
    if (promised === 'no' && accepted === sent && sent > 0)
      return [`${where}: works (${share}), not promised`]
    return []
  })
}
