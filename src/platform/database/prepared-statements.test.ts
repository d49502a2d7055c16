import { describe, expect, it } from 'vitest'
import { PLANNED_EACH_TIME, statementNames } from './prepared-statements.ts'

describe('names of prepared statements', () => {
  it('names a text from its second appearance on, always the same', () => {
    const names = statementNames(10)
    expect(names.nameOf('a')).toBeUndefined()
    const name = names.nameOf('a')
    expect(name).toBeTypeOf('string')
    expect(names.nameOf('a')).toBe(name)
  })

  it('never gives one name to two texts, not even after forgetting', () => {
    const names = statementNames(10)
    const given: (string | undefined)[] = []
    for (const text of ['a', 'a', 'b', 'c', 'c', 'b']) given.push(names.nameOf(text))
    names.forget()
    for (const text of ['a', 'a', 'b', 'b']) given.push(names.nameOf(text))
    const named = given.filter((name) => name !== undefined)
    expect(named).toHaveLength(5)
    expect(new Set(named).size).toBe(5)
  })

  it('never gives two texts one name in two processes', () => {
    const nameIn = (...texts: string[]) => {
      const names = statementNames(10)
      return [...texts, ...texts].map((text) => names.nameOf(text)).slice(texts.length)
    }
    expect(nameIn('a', 'b')).toEqual(nameIn('b', 'a').reverse())
    for (const name of nameIn('a', 'b')) expect(name).toMatch(/^.{1,63}$/)
  })

  it('names no text that says it must be planned each time', () => {
    const names = statementNames(10)
    const text = `select 1 where ${PLANNED_EACH_TIME} 'a' like $1`
    for (let n = 0; n < 5; n += 1) expect(names.nameOf(text)).toBeUndefined()
  })

  it('remembers no more than it may, and still names what comes often among much that comes once', () => {
    const names = statementNames(3)
    for (let n = 0; n < 100; n += 1) names.nameOf(`once ${n}`)
    names.nameOf('often')
    expect(names.nameOf('often')).toBeDefined()
    for (const text of ['b', 'b', 'c', 'c']) names.nameOf(text)
    expect(names.nameOf('d')).toBeUndefined()
    expect(names.nameOf('d')).toBeUndefined()
  })
})
