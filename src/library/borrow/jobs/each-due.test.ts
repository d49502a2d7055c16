import { expect, it } from 'vitest'
import { createLog } from '../../../platform/telemetry/log.ts'
import { eachDue } from './each-due.ts'

const IDS = ['1', '2', '3', '4']
const page = async (after: string) => IDS.filter((id) => id > after)

function run(fail: (id: string) => Error | undefined) {
  const lines: string[] = []
  const tried: string[] = []
  const done = eachDue({
    page,
    work: async (id) => {
      tried.push(id)
      const error = fail(id)
      if (error) throw error
      return true
    },
    log: createLog('info', { write: (line) => lines.push(line) }),
    what: 'work',
  })
  return { done, tried, lines }
}

it('goes on with the others when one fails', async () => {
  const { done, tried, lines } = run((id) => (id === '2' ? new Error('poisoned') : undefined))
  expect(await done).toBe(3)
  expect(tried).toEqual(IDS)
  expect(lines).toHaveLength(1)
})

it('stops at once when the database is away, and leaves it to its caller to say so', async () => {
  const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  const { done, tried, lines } = run((id) => (id === '2' ? away : undefined))
  await expect(done).rejects.toBe(away)
  expect(tried).toEqual(['1', '2'])
  expect(lines).toEqual([])
})
