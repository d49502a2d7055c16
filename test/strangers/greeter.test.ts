import { describe, expect, it } from 'vitest'
import { topicsOf } from '../../examples/greeter/contract.ts'
import { hear } from '../../examples/greeter/greet.ts'
import needs from '../../examples/greeter/needs.json' with { type: 'json' }
import { openStore, placeOf, take } from '../../examples/greeter/store.ts'
import { asyncApiDocument } from '../../src/contracts/published/async-api.ts'

/** The greeter on the examples of the published document: the contract from the consumer's side. */
const document = Object(JSON.parse(JSON.stringify(asyncApiDocument('test'))))
const example = (name: string) => structuredClone(document.components.messages[name].examples[0].payload)

/** The message as told, with another id and other members of its loan or book. */
function told(name: string, id: string, changes: object = {}) {
  const event = example(name)
  const [what = ''] = ['loan', 'book'].filter((member) => member in event.data)
  return { ...event, id, data: { ...event.data, [what]: { ...event.data[what], ...changes } } }
}

function greeter() {
  const db = openStore(':memory:')
  let offset = 0
  return {
    db,
    tell: (event: object, at = { topic: 't', partition: 0, offset: offset++ }) =>
      take(db, { ...at, value: JSON.stringify(event) }, (one) => hear(db, one)),
    rows: (table: string) => db.prepare(`select * from ${table}`).all(),
  }
}

describe('the greeter', () => {
  it('finds its topics in the document, and does not begin without one', () => {
    expect(topicsOf(document, Object.keys(needs), 'mine')).toEqual([
      { name: 'mine.library.loan', partitions: 6 },
      { name: 'mine.library.book', partitions: 6 },
    ])
    expect(() => topicsOf(document, ['library.loan.gone.v1'])).toThrow('not published')
  })

  it('greets with the first loan alone, and reads only the members it says it needs', () => {
    const { tell, rows } = greeter()
    const least = { id: 'a', type: 'library.loan.activated', schemaversion: 1, data: { loan: {} } }
    const { patronId, bookId, title } = example('library.loan.activated.v1').data.loan
    tell({ ...least, data: { loan: { patronId, bookId, title } } })
    tell(told('library.loan.activated.v1', 'b', { bookId: 'another' }))
    expect(rows('greeting')).toMatchObject([{ patron_id: patronId, event_id: 'a' }])
    expect(String(rows('greeting')[0]?.words)).toContain(String(title))
  })

  it('suggests a book of the same class that the reader has not had, whichever topic comes first', () => {
    for (const late of [false, true]) {
      const { tell, rows } = greeter()
      const returned = told('library.loan.returned.v1', 'r', { bookId: 'one' })
      if (late) tell(returned)
      tell(told('library.book.registered.v1', '1', { bookId: 'one', kdc: '813.7', title: '하나' }))
      tell(told('library.book.registered.v1', '2', { bookId: 'two', kdc: '510', title: '둘' }))
      tell(told('library.book.withdrawn.v1', '3', { bookId: 'three', kdc: '810', title: '셋' }))
      tell(told('library.book.changed.v1', '4', { bookId: 'four', kdc: '811', title: '넷' }))
      if (!late) tell(returned)
      expect(rows('suggestion')).toMatchObject([{ event_id: 'r', book_id: 'four' }])
    }
  })

  it('takes an event once, however often and wherever it comes, and its place with its effect', () => {
    const { db, tell, rows } = greeter()
    const event = told('library.loan.returned.v1', 'r')
    expect(tell(event, { topic: 't', partition: 2, offset: 7 })).toBe(true)
    expect(tell(event, { topic: 't', partition: 2, offset: 7 })).toBe(false)
    expect(tell(event, { topic: 't', partition: 2, offset: 8 })).toBe(false)
    expect(rows('suggestion')).toHaveLength(1)
    expect([placeOf(db, 't', 2), placeOf(db, 't', 3)]).toEqual([9, 0])
    const broken = () => {
      throw new Error('no')
    }
    const value = JSON.stringify(told('library.loan.returned.v1', 's'))
    expect(() => take(db, { topic: 't', partition: 2, offset: 9, value }, broken)).toThrow('no')
    expect([placeOf(db, 't', 2), rows('inbox').length]).toEqual([9, 1])
  })

  it('puts a version that it does not know aside', () => {
    const { tell, rows } = greeter()
    tell({ ...told('library.loan.returned.v1', 'r'), schemaversion: 2 })
    expect([rows('suggestion').length, rows('unread').length]).toEqual([0, 1])
  })
})
