import { writeSync, write as writeToFile } from 'node:fs'

/** Lines waiting for a slow or full disk take at most this much memory; more are lost. */
const MOST_WAITING_CHARACTERS = 4_000_000
/** After a failure nothing is tried for this long: a full disk does not get space by being asked. */
const PAUSE_MS = 1_000

export interface LogWriter {
  write(line: string): void
  /** What is still waiting, at once; for the end of the process. */
  flushSync(): void
}

type Write = (text: string, done: (error: Error | null) => void) => void

export interface LogWriterOptions {
  /** Writes a text and says how it went. */
  write: Write
  writeNow?: (text: string) => void
  /** A log line that says how many were lost. */
  lostLine: (lost: number) => string
  pauseMs?: number
}

/**
 * A destination of log lines that neither blocks nor kills who logs. Lines are written one batch after another; those
 * that cannot be written (disk full, reader gone) or wait for too long are lost, counted, and told of as soon as a
 * line can be written again.
 */
export function createLogWriter(options: LogWriterOptions): LogWriter {
  const { write, writeNow, lostLine, pauseMs = PAUSE_MS } = options
  let waiting: string[] = []
  let characters = 0
  let lost = 0
  let busy = false

  function take(): { lines: number; text: string } {
    const told = lost === 0 ? '' : lostLine(lost)
    const batch = { lines: waiting.length, text: told + waiting.join('') }
    waiting = []
    characters = 0
    return batch
  }

  function next(): void {
    if (busy || waiting.length === 0) return
    busy = true
    const lostBefore = lost
    const { lines, text } = take()
    write(text, (error) => {
      if (error) {
        lost += lines
        setTimeout(again, pauseMs).unref()
        return
      }
      lost -= lostBefore
      again()
    })
  }

  function again(): void {
    busy = false
    next()
  }

  return {
    write(line) {
      if (characters + line.length > MOST_WAITING_CHARACTERS) {
        lost += 1
        return
      }
      waiting.push(line)
      characters += line.length
      next()
    },
    flushSync() {
      if (waiting.length === 0) return
      try {
        writeNow?.(take().text)
      } catch {
        // Nobody is left to be told.
      }
    },
  }
}

/** A writer to an open file, pipe or terminal. */
export function logWriterTo(fd: number, lostLine: (lost: number) => string): LogWriter {
  return createLogWriter({
    write: (text, done) => writeAll(fd, Buffer.from(text), done),
    writeNow: (text) => {
      writeSync(fd, text)
    },
    lostLine,
  })
}

function writeAll(fd: number, bytes: Buffer, done: (error: Error | null) => void): void {
  writeToFile(fd, bytes, (error, written) => {
    if (error || written >= bytes.length) return done(error)
    writeAll(fd, bytes.subarray(written), done)
  })
}
