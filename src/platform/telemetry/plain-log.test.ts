import { expect, it } from 'vitest'
import { createLog } from './log.ts'
import { plainLogLine } from './plain-log.ts'

it('a command tells people what happened and why, without JSON and without secrets', () => {
  const told: string[] = []
  const log = createLog('warn', { write: (line) => void told.push(plainLogLine(line)) })
  log.info('not worth a line')
  log.warn({ err: new Error('the disk is full'), sweep: 'orders.expire', tries: 2 }, 'sweep interrupted')
  log.error({ password: 'hunter2' }, 'no')
  expect(told).toEqual([
    'warn: sweep interrupted: the disk is full (sweep orders.expire, tries 2)',
    'error: no (password [hidden])',
  ])
})

it('what is no JSON is told as it is', () => {
  expect(plainLogLine('plain\n')).toBe('plain')
  expect(plainLogLine('[1]\n')).toBe('[1]')
})
