import { parseArgs } from 'node:util'
import { SIMULATED_KEY, startRegister } from './server.ts'

const HELP = `The registers of health functional food, without a key: 식품안전나라 C003 and data.go.kr HtfsInfoService03.

Usage: node simulators/register/main.ts [options]

  --port N            port to listen on (default: REGISTER_PORT or 8092; 0 = any free one)
  --rows N            rows that each register has (default 240)
  --exit-with-parent  end when standard input closes: for being somebody's child
  --help              this text

It refuses to start with NODE_ENV=production.`

function stop(message: string): never {
  console.error(message)
  process.exit(1)
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: process.env.REGISTER_PORT ?? '8092' },
        rows: { type: 'string', default: '240' },
        'exit-with-parent': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    stop(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
  }
}

const given = readArguments()
if (given.help) {
  console.log(HELP)
  process.exit(0)
}
const port = Number(given.port)
if (!/^\d+$/.test(given.port) || port > 65_535)
  stop(`--port must be a whole number from 0 to 65535, not "${given.port}".`)
const rows = Number(given.rows)
if (!/^\d{1,6}$/.test(given.rows)) stop(`--rows must be a whole number up to 999999, not "${given.rows}".`)

const register = await startRegister({ port, rows }).catch((error: unknown): never => {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    stop(`Port ${port} is in use; choose another with --port or REGISTER_PORT.`)
  stop(`The register simulator could not start: ${error instanceof Error ? error.message : String(error)}`)
})
console.log(`register: listening on ${register.url} (key ${SIMULATED_KEY})`)

const close = () => {
  register.close().then(
    () => process.exit(0),
    (error: unknown) => stop(`The register simulator did not close cleanly: ${String(error)}`),
  )
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, close)
// The kernel closes the pipe when the parent dies, however it dies.
if (given['exit-with-parent']) process.stdin.once('close', close).resume()
