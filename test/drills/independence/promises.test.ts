import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OPERATIONS } from './operations.ts'
import { OUTAGES } from './outages.ts'
import { brokenPromises, promisesIn } from './promises.ts'

const PAGE = `# A page
| what \\ away | book | broker |
|---|---|---|
| borrow | yes | yes |
| search | – | yes |

More words.`

describe('what the document promises', () => {
  it('is read from its table', () => {
    expect(promisesIn(PAGE).get('search')).toEqual(
      new Map([
        ['book', 'no'],
        ['broker', 'yes'],
      ]),
    )
    expect(() => promisesIn('# A page')).toThrow('no table')
    expect(() => promisesIn(PAGE.replace('| – |', '| perhaps |'))).toThrow('perhaps')
    expect(() => promisesIn(PAGE.replace('| – |', '|'))).toThrow('a cell for each')
  })

  it('is held against what was measured, both ways', () => {
    const measured = (operation: string, outage: string, accepted: number) => ({
      operation,
      outage,
      sent: 5,
      accepted,
    })
    const promises = promisesIn(PAGE)
    expect(brokenPromises(promises, [measured('borrow', 'book', 5), measured('search', 'book', 0)])).toEqual(
      [],
    )
    expect(brokenPromises(promises, [measured('borrow', 'book', 4)])).toEqual([
      'borrow, while book is away: promised, but 4 of 5 accepted',
    ])
    expect(brokenPromises(promises, [measured('search', 'book', 5)])).toHaveLength(1)
    expect(brokenPromises(promises, [measured('sing', 'book', 5)])).toHaveLength(1)
  })

  it('speaks of every operation and every outage of the drill', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/library-independence.md'), 'utf8')
    const promises = promisesIn(page)
    expect([...promises.keys()]).toEqual([...OPERATIONS])
    for (const outages of promises.values())
      expect([...outages.keys()]).toEqual(OUTAGES.map(({ name }) => name))
  })
})
