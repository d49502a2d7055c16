import { expect, it } from 'vitest'
import { runAll } from './run-all.ts'

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
