import pg from 'pg'

/** A statement as node-postgres takes it. */
export interface Statement {
  name?: string
  text: string
  values: unknown[]
}

/**
 * Sends statements in one round trip, up to one common Sync. The server does not execute what stands behind one that
 * fails, so none of them happens outside the transaction that the first was to begin, and none is committed by the last
 * when one before it has failed. (The `pipeline` of node-postgres puts a Sync behind each: a BEGIN that is cancelled would
 * let the next statement commit by itself.)
 *
 * All but the last must be known to the connection, or have no name: it keeps account of names for the last only.
 * @returns the answer to the last
 * @throws the first error
 */
export function sendTogether(
  client: pg.PoolClient,
  statements: readonly Statement[],
): Promise<pg.QueryResult> {
  // Extended, so that also what has no values can share a Sync.
  const queries = statements.map((one) => new pg.Query(Object.assign({ queryMode: 'extended' }, one)))
  const last = queries.pop()
  if (last === undefined) throw new Error('nothing to send')
  const submit = last.submit
  last.submit = (connection) => {
    const { stream } = connection
    stream.cork()
    try {
      const unfinished = Object.create(connection, { sync: { value: () => {} } }) as pg.Connection
      // A value that cannot be sent leaves half a message behind.
      for (const query of queries) query.on('error', (error) => stream.destroy(error)).submit(unfinished)
      return submit.call(last, connection)
    } finally {
      stream.uncork()
    }
  }
  return new Promise((resolve, reject) => {
    // Node-postgres answers several results by a list of them.
    last.on('end', (answer: pg.QueryResult | pg.QueryResult[]) => {
      const result = [answer].flat().at(-1)
      if (result) resolve(result)
      else reject(new Error('no answer'))
    })
    last.on('error', reject)
    client.query(Object.assign(last, { along: statements.slice(0, -1) }))
  })
}
