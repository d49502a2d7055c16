import { join } from 'node:path'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { PRODUCTION, type Secrets } from './production.ts'
import type { Proof } from './proof.ts'
import { keep, ROOT, type Running } from './shell.ts'

export interface AppServer extends Running {
  url: string
  port: number
}

const START_WITHIN_MS = 120_000

/** One of our processes on this machine, with settings of production. Resolves when it is ready. */
export async function startServer(
  proof: Proof,
  name: string,
  options: {
    port: number
    databaseUrl: string
    secrets: Secrets
    args?: readonly string[]
    settings?: Readonly<Record<string, string>>
  },
): Promise<AppServer> {
  const { port, databaseUrl, secrets, args = ['--role', 'api'], settings = {} } = options
  const running = keep(proof, name, process.execPath, [join(ROOT, 'src/main.ts'), 'serve', ...args], {
    ...PRODUCTION,
    ...secrets,
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(proof.folder, 'data'),
    // A proof is one client that asks much.
    REQUESTS_PER_MINUTE: '1000000',
    CHANGES_PER_MINUTE: '1000000',
    SIGN_UP_PER_MINUTE: '100000',
    ...settings,
  })
  const url = `http://127.0.0.1:${port}`
  await until(
    async () => {
      if (running.child.exitCode !== null) throw new Error(`${name} ended`)
      return (await fetch(`${url}/health/ready`)).ok
    },
    {
      deadlineMs: START_WITHIN_MS,
      everyMs: 100,
      what: `${name} to be ready (see ${proof.folder}/${name}.log)`,
    },
  )
  return { ...running, url, port }
}
