import { describe, expect, it } from 'vitest'
import { createPasswords, createTurns } from './passwords.ts'

describe('passwords', () => {
  const passwords = createPasswords()

  it('match their hash only, in any Unicode form', async () => {
    const hashed = await passwords.hash('비밀번호비밀1!'.normalize('NFD'))
    if (hashed.kind === 'refused') throw new Error('refused')
    expect(await passwords.matches(hashed.hash, '비밀번호비밀1!')).toBe(true)
    expect(await passwords.matches(hashed.hash, '비밀번호비밀2!')).toBe(false)
  })

  it('never match where nothing is stored', async () => {
    expect(await passwords.matches(null, 'secret-pw1!')).toBe(false)
  })
})

describe('turns', () => {
  /** Work that ends when told to. */
  function held() {
    const { promise, resolve } = Promise.withResolvers<string>()
    return { work: () => promise, end: resolve }
  }

  it('run a limited number at a time, in order', async () => {
    const inTurn = createTurns(2, 60_000)
    const begun: number[] = []
    const pieces = Array.from({ length: 5 }, held)
    const results = pieces.map((piece, i) =>
      inTurn(() => {
        begun.push(i)
        return piece.work()
      }),
    )
    await Promise.resolve()
    expect(begun).toEqual([0, 1])
    for (const [i, piece] of pieces.entries()) {
      piece.end(`done ${i}`)
      expect(await results[i]).toBe(`done ${i}`)
    }
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  it('refuse after the waiting time, and the place is not lost', async () => {
    const inTurn = createTurns(1, 5)
    const first = held()
    const running = inTurn(first.work)
    expect(await inTurn(async () => 'never')).toMatchObject({
      code: 'temporarily_unavailable',
      retryAfterSeconds: 3,
    })
    first.end('first')
    expect(await running).toBe('first')
    expect(await inTurn(async () => 'next')).toBe('next')
  })

  it('pass on after work that failed', async () => {
    const inTurn = createTurns(1, 60_000)
    const failing = inTurn(() => Promise.reject(new Error('broken')))
    const next = inTurn(async () => 'next')
    await expect(failing).rejects.toThrow('broken')
    expect(await next).toBe('next')
  })
})
