import { parseArgs } from 'node:util'
import { startBank } from './server.ts'

const HELP = `The payment-provider simulator ("the bank"): KakaoPay and Toss Payments without real money.

Usage: node simulators/bank/main.ts [options]

  --port N          port to listen on (default: BANK_PORT or 8090; 0 = any free one)
  --host ADDRESS    address to listen on (default 127.0.0.1)
  --data DIR        folder of the journal (default .data/bank)
  --seed N          seed of ids and of drawn faults (default 1)
  --clock KIND      real, or manual to move it with POST /clock (default real)
  --public-url URL  where browsers reach the bank, if that is not the address above
  --webhook-url URL  where Toss sends its webhooks (default: nowhere)
  --exit-with-parent  end when standard input closes: for being somebody's child
  --help            this text

KAKAOPAY_SECRET_KEY and TOSS_SECRET_KEY change the keys it accepts.
It refuses to start with NODE_ENV=production.`

function stop(message: string): never {
  console.error(message)
  process.exit(1)
}

function wholeNumber(text: string, name: string, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > max)
    stop(`--${name} must be a whole number from 0 to ${max}, not "${text}".`)
  return value
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: process.env.BANK_PORT ?? '8090' },
        host: { type: 'string', default: '127.0.0.1' },
        data: { type: 'string', default: '.data/bank' },
        seed: { type: 'string', default: '1' },
        clock: { type: 'string', default: 'real' },
        'public-url': { type: 'string' },
        'webhook-url': { type: 'string' },
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
if (process.env.NODE_ENV === 'production')
  stop(
    'The payment simulator refuses to start in production (NODE_ENV=production): it would approve payments without money.',
  )
const { clock } = given
if (clock !== 'real' && clock !== 'manual') stop(`--clock must be real or manual, not "${clock}".`)
const port = wholeNumber(given.port, 'port', 65_535)
const { KAKAOPAY_SECRET_KEY: kakaoSecretKey, TOSS_SECRET_KEY: tossSecretKey } = process.env
const publicUrl = given['public-url']
const webhookUrl = given['webhook-url']

const bank = await startBank({
  port,
  host: given.host,
  data: given.data,
  seed: wholeNumber(given.seed, 'seed', 4_294_967_295),
  clock,
  ...(publicUrl === undefined ? {} : { publicUrl }),
  ...(webhookUrl === undefined ? {} : { webhookUrl }),
  ...(kakaoSecretKey === undefined ? {} : { kakaoSecretKey }),
  ...(tossSecretKey === undefined ? {} : { tossSecretKey }),
}).catch((error: unknown): never => {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    stop(`Port ${port} on ${given.host} is in use; choose another with --port or BANK_PORT.`)
  stop(`The bank could not start: ${error instanceof Error ? error.message : String(error)}`)
})
console.log(`bank: listening on ${bank.url} (journal in ${given.data}, clock ${clock})`)

const close = () => {
  bank.close().then(
    () => process.exit(0),
    (error: unknown) => stop(`The bank did not close cleanly: ${String(error)}`),
  )
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, close)
// The kernel closes the pipe when the parent dies, however it dies.
if (given['exit-with-parent']) process.stdin.once('close', close).resume()
