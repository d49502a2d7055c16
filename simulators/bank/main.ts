import { readArguments, runUntilEnded, started, stop, wholeNumber } from '../command.ts'
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

const WHO = 'The bank'

const given = readArguments(
  {
    port: { type: 'string', default: process.env.BANK_PORT ?? '8090' },
    host: { type: 'string', default: '127.0.0.1' },
    data: { type: 'string', default: '.data/bank' },
    seed: { type: 'string', default: '1' },
    clock: { type: 'string', default: 'real' },
    'public-url': { type: 'string' },
    'webhook-url': { type: 'string' },
  },
  HELP,
)
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

const bank = await started(
  startBank({
    port,
    host: given.host,
    data: given.data,
    seed: wholeNumber(given.seed, 'seed', 4_294_967_295),
    clock,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(kakaoSecretKey === undefined ? {} : { kakaoSecretKey }),
    ...(tossSecretKey === undefined ? {} : { tossSecretKey }),
  }),
  { who: WHO, port: `Port ${port} on ${given.host}`, setting: 'BANK_PORT' },
)
console.log(`bank: listening on ${bank.url} (journal in ${given.data}, clock ${clock})`)

runUntilEnded(bank, { who: WHO, withParent: given['exit-with-parent'] })
