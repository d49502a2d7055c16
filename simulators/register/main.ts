import { readArguments, runUntilEnded, started, wholeNumber } from '../command.ts'
import { SIMULATED_KEY, startRegister } from './server.ts'

const HELP = `The registers of health functional food, without a key: 식품안전나라 C003 and data.go.kr HtfsInfoService03.

Usage: node simulators/register/main.ts [options]

  --port N            port to listen on (default: REGISTER_PORT or 8092; 0 = any free one)
  --rows N            rows that each register has (default 240)
  --exit-with-parent  end when standard input closes: for being somebody's child
  --help              this text

It refuses to start with NODE_ENV=production.`

const WHO = 'The register simulator'

const given = readArguments(
  {
    port: { type: 'string', default: process.env.REGISTER_PORT ?? '8092' },
    rows: { type: 'string', default: '240' },
  },
  HELP,
)
const port = wholeNumber(given.port, 'port', 65_535)
const rows = wholeNumber(given.rows, 'rows', 999_999)

const register = await started(startRegister({ port, rows }), {
  who: WHO,
  port: `Port ${port}`,
  setting: 'REGISTER_PORT',
})
console.log(`register: listening on ${register.url} (key ${SIMULATED_KEY})`)

runUntilEnded(register, { who: WHO, withParent: given['exit-with-parent'] })
