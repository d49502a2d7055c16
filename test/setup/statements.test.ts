import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, inject, it } from 'vitest'
import { holds, sqlTemplates, unprepared, untried } from './statements.ts'

const SOURCE = `
const part = known ? sql\`and id > \${after}\` : sql\`\`
const { rows } = await sql<{ id: string; of: Map<string, number> }>\`
  select id from t
  where a = \${list.map(({ a }) => \`'}\${a}\`)} \${sql\`and b = \${'}'}\`}
  limit 1\`.execute(db)
`

describe('the statements of a source', () => {
  it('are found with their parts, whatever their values hold', () => {
    expect(sqlTemplates(SOURCE)).toEqual([
      { line: 2, chunks: ['and id > '], text: 'and id > $1' },
      {
        line: 3,
        chunks: [' select id from t where a = ', ' limit 1'],
        text: 'select id from t where a = $1 $2 limit 1',
      },
      { line: 5, chunks: ['and b = '], text: 'and b = $1' },
    ])
  })

  it('are tried when a text was sent that holds all of their parts in order', () => {
    const template = { chunks: ['select ', ' from t where a = '] }
    expect(holds('select id, b from t where a = $1', template)).toBe(true)
    expect(holds('select id, b from u where a = $1', template)).toBe(false)
    expect(holds(' from t where a = $1 select ', template)).toBe(false)
  })

  it('are reported when no test sent them, and only if all test files took part', () => {
    const folder = mkdtempSync(join(tmpdir(), 'statements-'))
    const [notes, source] = [join(folder, 'notes'), join(folder, 'x.ts')]
    writeFileSync(source, 'sql`select 1`\nsql`select 2`')
    writeFileSync(notes, `${JSON.stringify(['a.test.ts', 'select\n 1'])}\n${JSON.stringify(['b.test.ts'])}\n`)
    expect(untried(notes, [source], ['a.test.ts', 'b.test.ts'])).toEqual([
      { where: `${source}:2`, text: 'select 2' },
    ])
    expect(untried(notes, [source], ['a.test.ts', 'c.test.ts'])).toEqual([])
    rmSync(folder, { recursive: true })
  })

  it('are prepared when no test sends them: a wrong name is found, and so is a mere part', async () => {
    const client = new pg.Client({ connectionString: inject('databaseUrl') })
    await client.connect()
    const statements = [
      { where: 'a', text: 'select datname from pg_database where oid = $1' },
      { where: 'b', text: 'select no_such from pg_database' },
      { where: 'c', text: 'and oid = $1' },
    ]
    const failed = await unprepared(client, statements)
    await client.end()
    expect(failed).toEqual([expect.stringContaining('b (column "no_such"'), expect.stringMatching(/^c /)])
  })
})
