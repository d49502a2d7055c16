import { expect, it } from 'vitest'
import { until } from './poll-until.ts'

it('gives back the first truthy value', async () => {
  let looks = 0
  const value = await until(() => (++looks < 3 ? undefined : { looks }), {
    deadlineMs: 2_000,
    everyMs: 1,
    what: 'it',
  })
  expect(value).toEqual({ looks: 3 })
})

it('takes an error for "not yet" and names the last one', async () => {
  let looks = 0
  const flaky = () => {
    looks += 1
    if (looks < 3) throw new Error(`look ${looks}`)
    return true
  }
  expect(await until(flaky, { deadlineMs: 2_000, everyMs: 1, what: 'it' })).toBe(true)
  const failing = until(() => Promise.reject(new Error('no row')), {
    deadlineMs: 20,
    what: 'the order to be paid',
  })
  await expect(failing).rejects.toMatchObject({
    message: 'waited 20 ms in vain for the order to be paid',
    cause: new Error('no row'),
  })
})

it('names what it waited for, even when the condition hangs', async () => {
  await expect(until(() => false, { deadlineMs: 20, what: 'a loan' })).rejects.toThrow(
    '20 ms in vain for a loan',
  )
  const hanging = () => new Promise<boolean>(() => {})
  await expect(until(hanging, { deadlineMs: 20, what: 'a book' })).rejects.toThrow('a book')
})
