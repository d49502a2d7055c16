import { parseArgs } from 'node:util'
import { startSocial } from './server.ts'

const HELP = `The login simulator: Google, Kakao and Naver without real accounts.

Usage: node simulators/social/main.ts [options]

  --port N            port to listen on (default: SOCIAL_PORT or 8091; 0 = any free one)
  --return-to ORIGIN  where browsers may be sent back to besides this machine; may be repeated
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
        port: { type: 'string', default: process.env.SOCIAL_PORT ?? '8091' },
        'return-to': { type: 'string', multiple: true, default: [] },
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

const social = await startSocial({ port, returnTo: given['return-to'] }).catch((error: unknown): never => {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    stop(`Port ${port} is in use; choose another with --port or SOCIAL_PORT.`)
  stop(`The login simulator could not start: ${error instanceof Error ? error.message : String(error)}`)
})
console.log(`social: listening on ${social.url} (/google, /kakao, /naver)`)

const close = () => {
  social.close().then(
    () => process.exit(0),
    (error: unknown) => stop(`The login simulator did not close cleanly: ${String(error)}`),
  )
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, close)
// The kernel closes the pipe when the parent dies, however it dies.
if (given['exit-with-parent']) process.stdin.once('close', close).resume()
