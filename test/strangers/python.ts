import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PATRON_MESSAGES } from './consumers.ts'

const run = promisify(execFile)
const INSTALL_MS = 180_000

export type Python = { kind: 'there'; program: string } | { kind: 'missing'; why: string }

/** Brings a Python with what the example needs, once for this machine and these versions. */
export async function bringPython(): Promise<Python> {
  const requirements = join(PATRON_MESSAGES, 'requirements.txt')
  const version = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12)
  const folder = join(tmpdir(), `pillivery-python-${version}`)
  const program = join(folder, 'bin', 'python')
  if (existsSync(join(folder, 'complete'))) return { kind: 'there', program }
  try {
    await rm(folder, { recursive: true, force: true })
    await run('python3', ['-m', 'venv', folder])
    await run(program, ['-m', 'pip', 'install', '-q', '-r', requirements], { timeout: INSTALL_MS })
    await writeFile(join(folder, 'complete'), '')
    return { kind: 'there', program }
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : undefined
    return { kind: 'missing', why: why ?? String(error) }
  }
}
