import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { whyNoBroker } from '../../local/kafka.ts'
import { publishedEvents } from '../../src/cli/events/published-events.ts'
import { hearSignals } from '../../src/platform/process/signals.ts'
import { PATRON_MESSAGES } from './consumers.ts'
import { prove } from './proof.ts'
import { bringPython } from './python.ts'

/** Strangers subscribe: contract tests of the example in Python, then both examples beside a house with a real Kafka. */

/** The gate counts it as neither passed nor failed. */
const SKIPPED = 77
const INTERRUPTED = 130
/** So many characters of the last words of each process are shown when the proof fails. */
const WORDS = 2_000
const skip = (why: string): never => {
  console.log(`SKIPPED: strangers over Kafka. It needs java, mvn and python3 with pip: ${why}`)
  process.exit(SKIPPED)
}

const stopping = hearSignals(process)
const noBroker = await whyNoBroker(() => console.log('Fetching Kafka (once) …'))
if (noBroker !== undefined) skip(noBroker)
const python = await bringPython()
if (stopping.aborted) process.exit(INTERRUPTED)
if (python.kind === 'missing') skip(python.why)
const program = python.kind === 'there' ? python.program : ''
const folder = await mkdtemp(join(tmpdir(), 'pillivery-strangers-'))
let code = 1
try {
  const document = join(folder, 'asyncapi.json')
  await writeFile(document, JSON.stringify(await publishedEvents('test')))
  const { status } = spawnSync(program, ['-m', 'unittest', '-q'], {
    cwd: PATRON_MESSAGES,
    stdio: 'inherit',
    env: { ...process.env, ASYNCAPI: document, PYTHONDONTWRITEBYTECODE: '1' },
  })
  if (status !== 0) throw new Error('the contract tests of patron_messages failed')
  const started = performance.now()
  await prove({ folder, python: program, say: (line) => console.log(`ok   ${line}`), stopping })
  console.log(`strangers: all held (${((performance.now() - started) / 1000).toFixed(0)} s)`)
  code = 0
} catch (error) {
  if (stopping.aborted) code = INTERRUPTED
  else {
    console.error(error)
    // The words of the house go with its folder.
    for (const file of globSync('logs/*.out', { cwd: folder }))
      console.error(`--- ${file}\n${readFileSync(join(folder, file), 'utf8').slice(-WORDS)}`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.exit(code)
