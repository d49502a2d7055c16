import { closeSync, openSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { until } from '../resilience/poll-until.ts'
import { createLog } from './log.ts'
import { createLogWriter, logWriterTo } from './log-writer.ts'

const lostLine = (lost: number) => `lost ${lost}\n`

/** A disk that is full until it is not; its answers come when the test says so. */
function disk() {
  const written: string[] = []
  const answers: ((error: Error | null) => void)[] = []
  let full = false
  const writer = createLogWriter({
    write: (text, done) => {
      if (!full) written.push(text)
      answers.push(() => done(full ? new Error('ENOSPC') : null))
    },
    lostLine,
    pauseMs: 0,
  })
  return {
    writer,
    written,
    fill: (isFull: boolean) => {
      full = isFull
    },
    answer: () => answers.shift()?.(null),
  }
}

describe('lines', () => {
  it('are written in order, together when the disk is slow', () => {
    const { writer, written, answer } = disk()
    for (const line of ['a\n', 'b\n', 'c\n']) writer.write(line)
    expect(written).toEqual(['a\n'])
    answer()
    expect(written).toEqual(['a\n', 'b\nc\n'])
  })

  it('that find the disk full are lost, counted, and told of when there is space again', async () => {
    vi.useFakeTimers()
    try {
      const { writer, written, fill, answer } = disk()
      fill(true)
      writer.write('a\n')
      writer.write('b\n')
      answer()
      await vi.advanceTimersByTimeAsync(1)
      answer()
      await vi.advanceTimersByTimeAsync(1)
      expect(written).toEqual([])
      fill(false)
      writer.write('c\n')
      expect(written).toEqual(['lost 2\nc\n'])
      answer()
      writer.write('d\n')
      expect(written.at(-1)).toBe('d\n')
    } finally {
      vi.useRealTimers()
    }
  })

  it('that wait for too long are lost rather than kept in memory for ever', () => {
    const { writer, written, answer } = disk()
    const line = `${'x'.repeat(1_000_000)}\n`
    for (let n = 0; n < 10; n++) writer.write(line)
    answer()
    expect(written[1]).toBe(`lost 6\n${line.repeat(3)}`)
  })

  it('still waiting are written at the end', () => {
    const kept: string[] = []
    const writer = createLogWriter({ write: () => {}, writeNow: (text) => kept.push(text), lostLine })
    writer.write('a\n')
    writer.write('b\n')
    writer.flushSync()
    writer.flushSync()
    expect(kept).toEqual(['b\n'])
  })
})

it('a device without space neither throws nor ends the process', async () => {
  const fd = openSync('/dev/full', 'w')
  try {
    let failed = 0
    const count = (lost: number) => {
      failed = lost
      return ''
    }
    const log = createLog('info', logWriterTo(fd, count))
    for (let n = 0; n < 100; n++) {
      log.info({ n }, 'nothing of this can be written')
      await new Promise((done) => setImmediate(done))
    }
    await until(
      () => {
        log.info('again')
        return failed > 0
      },
      { what: 'lines to be counted as lost', deadlineMs: 10_000 },
    )
  } finally {
    closeSync(fd)
  }
})
