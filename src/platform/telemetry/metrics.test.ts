import { expect, it } from 'vitest'
import { createLog, linesLogged } from './log.ts'
import { createMetrics } from './metrics.ts'

/** The lines of `/metrics` that say something of one metric. */
async function figures(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const text = await metrics.registry.metrics()
  return text.split('\n').filter((line) => line.startsWith(name))
}

it('a gauge whose source fails is left out, and comes back with it: no figure is better than 0', async () => {
  const metrics = createMetrics()
  let source: () => number = () => 7
  metrics.observe('in_doubt', 'payments in doubt', () => source())
  expect(await figures(metrics, 'in_doubt')).toEqual(['in_doubt 7'])
  source = () => {
    throw new Error('the database is away')
  }
  expect(await figures(metrics, 'in_doubt')).toEqual([])
  source = () => 3
  expect(await figures(metrics, 'in_doubt')).toEqual(['in_doubt 3'])
})

it('lines of the log are counted by level, also those of children, and only what is logged', async () => {
  const log = createLog('warn', { write: () => undefined })
  const metrics = createMetrics()
  metrics.countEach('log_lines_total', 'lines', 'level', () => linesLogged(log))
  log.error('one')
  log.child({ part: 'sweep' }).error('two')
  log.warn('three')
  log.info('not logged')
  const said = await figures(metrics, 'log_lines_total')
  expect(said).toContain('log_lines_total{level="error"} 2')
  expect(said).toContain('log_lines_total{level="warn"} 1')
  expect(said).toContain('log_lines_total{level="info"} 0')
  expect(await figures(metrics, 'log_lines_total')).toEqual(said)
})
