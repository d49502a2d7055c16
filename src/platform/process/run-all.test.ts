import { expect, it } from 'vitest'
import { runAll, stopAllAtOnce } from './run-all.ts'

const failing = (message: string) => async () => {
  throw new Error(message)
}

it('runs every step in order, and then throws what the failed one threw', async () => {
  const ran: number[] = []
  const step = (n: number) => async () => void ran.push(n)
  await expect(runAll([step(1), failing('the drain'), step(2)])).rejects.toThrow('the drain')
  expect(ran).toEqual([1, 2])
})

it('throws all that several threw', async () => {
  const error = await runAll([failing('one'), failing('two')]).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ errors: [new Error('one'), new Error('two')] })
})

it('says nothing when nothing fails', async () => {
  await expect(runAll([async () => undefined])).resolves.toBeUndefined()
})

it('waits for all that stops at once, also when one fails first, and throws all that failed', async () => {
  const { promise: slow, resolve: finish } = Promise.withResolvers<void>()
  let ended = false
  const stopping = stopAllAtOnce([failing('one'), () => slow, failing('two')]).catch((thrown: unknown) => {
    ended = true
    return thrown
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(ended).toBe(false)
  finish()
  expect(await stopping).toMatchObject({ errors: [new Error('one'), new Error('two')] })
  await expect(stopAllAtOnce([async () => undefined])).resolves.toBeUndefined()
})
