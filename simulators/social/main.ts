import { readArguments, runUntilEnded, started, wholeNumber } from '../command.ts'
import { startSocial } from './server.ts'

const HELP = `The login simulator: Google, Kakao and Naver without real accounts.

Usage: node simulators/social/main.ts [options]

  --port N            port to listen on (default: SOCIAL_PORT or 8091; 0 = any free one)
  --return-to ORIGIN  where browsers may be sent back to besides this machine; may be repeated
  --exit-with-parent  end when standard input closes: for being somebody's child
  --help              this text

It refuses to start with NODE_ENV=production.`

const WHO = 'The login simulator'

const given = readArguments(
  {
    port: { type: 'string', default: process.env.SOCIAL_PORT ?? '8091' },
    'return-to': { type: 'string', multiple: true, default: [] },
  },
  HELP,
)
const port = wholeNumber(given.port, 'port', 65_535)

const social = await started(startSocial({ port, returnTo: given['return-to'] }), {
  who: WHO,
  port: `Port ${port}`,
  setting: 'SOCIAL_PORT',
})
console.log(`social: listening on ${social.url} (/google, /kakao, /naver)`)

runUntilEnded(social, { who: WHO, withParent: given['exit-with-parent'] })
