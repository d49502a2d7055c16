import { parseArgs } from 'node:util'
import { hearSignals } from '../src/platform/process/signals.ts'
import { UserError } from '../src/platform/user-error.ts'
import { DEMO_ACCOUNTS } from '../src/services/demo/accounts.ts'
import { fillDemoLoans } from './demo-loans.ts'
import { startSet } from './set.ts'

const HELP = `Brings up the whole set of services on this machine, each a process with a database of its own, joined by a
real Kafka behind one gateway, with demo data; Ctrl-C takes everything down.

Usage: npm run start:services -- [options]

  --port N          port of the entry (default 8080)
  --data DIR        folder of everything that is kept (default .data/services)
  --events KIND     kafka (default), or postgres: one database for all, events inside it
  --help            this text

DATABASE_URL names a PostgreSQL server to use instead of the embedded one, as somebody who may make databases and roles.`

/** Settings that all processes get as they are given. */
const PASSED_ON = ['BANK_PORT', 'SOCIAL_PORT', 'REGISTER_PORT', 'LOG_LEVEL']

const stopping = hearSignals(process)
const { values: given } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    data: { type: 'string', default: '.data/services' },
    events: { type: 'string', default: 'kafka' },
    help: { type: 'boolean', default: false },
  },
})

async function run(): Promise<void> {
  if (given.help) {
    console.log(HELP)
    return
  }
  const port = Number(given.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UserError('--port must be from 0 to 65535.')
  if (given.events !== 'kafka' && given.events !== 'postgres')
    throw new UserError('--events must be kafka or postgres.')
  const startedAt = Date.now()
  const set = await startSet({
    folder: given.data,
    port,
    events: given.events,
    databaseUrl: process.env.DATABASE_URL,
    settings: Object.fromEntries(
      PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    ),
    say: (line) => console.log(`  ${line}`),
    signal: stopping,
  })
  await fillDemoLoans(set.url, given.data).catch((error: unknown) => console.error('No demo loans:', error))
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0)
  const processes = [...set.children.pids()].map(
    ([name, pid]) =>
      `    ${name.padEnd(14)} ${String(pid).padStart(7)}   http://127.0.0.1:${set.ports.get(name)}`,
  )
  console.log(
    [
      '',
      `Pillivery is running as ${processes.length} processes (${seconds} s): ${set.url}/`,
      '',
      `  events by ${set.broker ? `Kafka at ${set.broker.address}; a database and a role for each service` : 'one shared PostgreSQL; a role for each service'}`,
      `  API         ${set.url}/docs`,
      ...DEMO_ACCOUNTS.map(({ role, email, password }) => `  ${role.padEnd(11)} ${email} / ${password}`),
      '',
      '  processes (kill one and see what still works; it is started again):',
      ...processes,
      `  logs        ${given.data}/logs`,
      '',
      'Ctrl-C stops everything.',
    ].join('\n'),
  )
  await new Promise<void>((done) => {
    stopping.addEventListener('abort', () => done(), { once: true })
    if (stopping.aborted) done()
  })
  console.log('\nStopping …')
  await set.stop()
}

try {
  await run()
  process.exit(0)
} catch (error) {
  if (stopping.aborted) process.exit(130)
  console.error(error instanceof UserError ? error.message : error)
  process.exit(1)
}
