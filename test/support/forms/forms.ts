import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { type Started, start } from '../server-process.ts'
import { type Balancer, startBalancer } from './balancer.ts'

/**
 * In what form a system runs that journeys go through: everything in this process; one process that answers and one
 * that works; two of each, of which one after the other is killed and started again all the time; or every service as a
 * process of its own, with a database of its own, joined by a real broker behind the gateway.
 */
export const FORMS = ['one', 'api+worker', 'pairs', 'services'] as const
export type Form = (typeof FORMS)[number]

/** The form of this run (`JOURNEYS_FORM`). */
export function formOfRun(): Form {
  const wanted = process.env.JOURNEYS_FORM ?? 'one'
  const found = FORMS.find((form) => form === wanted)
  if (found === undefined) throw new Error(`JOURNEYS_FORM must be one of ${FORMS.join(', ')}`)
  return found
}

const READY_WITHIN_MS = 120_000

/** One process of the system, which can be killed and started again at the same address. */
interface Member {
  role: 'api' | 'worker'
  url: string
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** A system of several processes behind one address. */
export interface Processes {
  url: string
  /** How often a process was killed and has come back. */
  kills(): number
  stop(): Promise<void>
}

/**
 * @param settings of every process; `PUBLIC_URL` and `PORT` are added. Where `OTHER_RELEASE` names another release, half of
 * the processes are of that one.
 */
export async function startProcesses(
  form: 'api+worker' | 'pairs',
  balancer: Balancer,
  settings: Readonly<Record<string, string>>,
): Promise<Processes> {
  const roles =
    form === 'pairs' ? (['api', 'worker', 'api', 'worker'] as const) : (['api', 'worker'] as const)
  // One that answers and one that works of each, the other way round, so that either hears what the other tells.
  const rootOf = (n: number) => (n % 3 === 0 ? undefined : process.env.OTHER_RELEASE)
  const members = await Promise.all(roles.map((role, n) => memberOf(role, settings, rootOf(n))))
  const stopAll = async () => {
    await Promise.all(members.map((member) => member.stop()))
    await balancer.close()
  }
  try {
    await Promise.all(members.map((member) => member.start()))
  } catch (error) {
    await stopAll()
    throw error
  }
  for (const { role, url } of members) if (role === 'api') balancer.add(url)
  const killing = form === 'pairs' ? killInTurn(members, balancer) : undefined
  return {
    url: balancer.url,
    kills: () => killing?.count() ?? 0,
    stop: async () => {
      const trouble = await killing?.stop()
      await stopAll()
      if (trouble !== undefined) throw trouble
    },
  }
}

export { startBalancer }

async function memberOf(
  role: Member['role'],
  settings: Readonly<Record<string, string>>,
  root: string | undefined,
): Promise<Member> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let running: Started | undefined
  return {
    role,
    url,
    start: async () => {
      const server = start(['serve', '--role', role], { ...settings, PORT: String(port) }, root)
      running = server
      const ended = server.exit.then((code) => {
        throw new Error(`the ${role} ended with ${code}: ${server.output()}`)
      })
      ended.catch(() => {})
      const ready = until(
        async () => (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok === true,
        {
          what: `the ${role} to be ready`,
          deadlineMs: READY_WITHIN_MS,
          everyMs: 50,
        },
      )
      await Promise.race([ready, ended])
    },
    kill: async () => {
      running?.signal('SIGKILL')
      await running?.exit
    },
    stop: async () => {
      running?.signal('SIGTERM')
      await running?.exit
    },
  }
}

/**
 * Kills one after the other and starts it again, for as long as the run takes. One that answers is first taken out of
 * turn, as whoever sends it requests would notice; one that works is killed in whatever it does.
 */
function killInTurn(members: readonly Member[], balancer: Balancer) {
  let stopping = false
  let kills = 0
  let trouble: unknown
  const round = async () => {
    for (let turn = 0; !stopping; turn += 1) {
      const victim = members[turn % members.length]
      if (victim === undefined) return
      if (victim.role === 'api') await balancer.remove(victim.url)
      await victim.kill()
      await victim.start()
      if (victim.role === 'api') balancer.add(victim.url)
      kills += 1
    }
  }
  const ended = round().catch((error: unknown) => {
    trouble = error
  })
  return {
    count: () => kills,
    stop: async (): Promise<unknown> => {
      stopping = true
      await ended
      return trouble
    },
  }
}
