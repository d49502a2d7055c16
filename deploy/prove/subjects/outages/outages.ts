import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { World } from './world.ts'

/** Something that dies, and what is promised of it. */
export interface Outage {
  what: string
  /** What Slack is told, and what the text must hold. */
  alarm: string
  channel: '#ops' | '#ops-critical'
  about?: string
  kill(): Promise<void>
  start(): Promise<void>
  /** What is promised while it is gone, asked once its alarm has come. */
  during: readonly Kept[]
  /** What is promised of requests meanwhile. */
  requests: 'none fails' | 'reads do not fail' | 'answered with 503' | 'nobody comes in'
  /** What is promised once it is back. */
  after: readonly Kept[]
}

/** One sentence of the documentation about an outage. */
export interface Kept {
  claim: string
  /** Whether it holds, and what was seen. Asked again for a while until it holds. */
  look(): Promise<{ holds: boolean; saw: string }>
}

/** Everything that dies in turn, with what is promised of it (docs of each: runbooks, ADR 12, ADR 23, deploy/nginx). */
export function outagesOf(world: World): readonly Outage[] {
  const { front, apis, worker, database, redis, broker, watch, lines } = world
  const [, second] = apis
  const series = (expr: string, claim: string, saw: string): Kept => ({
    claim,
    look: async () => ({ holds: (await watch.series(expr)) > 0, saw }),
  })
  const answers = (claim: string, url: string, init: RequestInit, status: number, holds = ''): Kept => ({
    claim,
    look: async () => {
      const answer = await fetch(url, init)
      const text = await answer.text()
      const wait = answer.headers.get('retry-after')
      return {
        holds: answer.status === status && text.includes(holds) && (status !== 503 || wait !== null),
        saw: `${answer.status}${wait === null ? '' : `, Retry-After ${wait}`}: ${text.slice(0, 160)}`,
      }
    },
  })
  return [
    {
      what: 'an api server',
      alarm: 'ProcessDown',
      channel: '#ops-critical',
      about: new URL(second.url).host,
      kill: second.kill,
      start: second.start,
      requests: 'reads do not fail',
      during: [],
      after: [],
    },
    {
      what: 'the worker',
      alarm: 'ProcessDown',
      channel: '#ops-critical',
      about: new URL(worker.url).host,
      kill: worker.kill,
      start: worker.start,
      requests: 'none fails',
      during: [
        series(
          'max(events_untaken_seconds) > 5',
          'events wait, and the api servers say so',
          'events_untaken_seconds above 5',
        ),
        {
          claim: 'that alone is an alarm, too',
          look: async () => {
            const message = await watch.slack.arrives({
              title: '[FIRING] EventsUntaken',
              since: 0,
              withinMs: 120_000,
            })
            return { holds: message !== undefined, saw: message?.text.split('\n')[0] ?? 'no EventsUntaken' }
          },
        },
      ],
      after: [handedOn(world)],
    },
    {
      what: 'Redis',
      alarm: 'RedisAway',
      channel: '#ops',
      kill: redis.kill,
      start: redis.start,
      requests: 'none fails',
      during: [],
      after: [series('sum(redis_connected) == 3', 'all find it again', 'redis_connected is 1 of all three')],
    },
    {
      what: 'Kafka',
      alarm: 'BrokerAway',
      channel: '#ops-critical',
      kill: broker.kill,
      start: broker.start,
      requests: 'none fails',
      during: [
        series(
          'max(subscriber_pending{subscriber="kafka"}) > 0',
          'what the library should hear waits',
          'subscriber_pending{subscriber="kafka"} above 0',
        ),
      ],
      after: [heardByLibrary(world)],
    },
    {
      what: 'PostgreSQL',
      alarm: 'DatabaseDown',
      channel: '#ops-critical',
      kill: database.kill,
      start: database.start,
      requests: 'answered with 503',
      during: [
        answers(
          'who signs in hears to try again shortly, in Korean',
          `${front.url}/api/auth/login`,
          {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'accept-language': 'ko' },
            body: JSON.stringify({ email: 'somebody@proof.example', password: 'Somebody-1!' }),
          },
          503,
          '"code":"temporarily_unavailable"',
        ),
        answers('processes are alive', `${second.url}/health/live`, {}, 200),
        answers('but not ready', `${second.url}/health/ready`, {}, 503, '"database"'),
      ],
      after: [
        answers('they are ready again by themselves', `${second.url}/health/ready`, {}, 200),
        handedOn(world),
        heardByLibrary(world),
      ],
    },
    {
      what: 'nginx',
      alarm: 'ShopUnreachable',
      channel: '#ops-critical',
      kill: front.kill,
      start: front.start,
      requests: 'nobody comes in',
      during: [answers('the servers behind are ready', `${second.url}/health/ready`, {}, 200)],
      after: [answers('customers come in', `${front.url}/`, {}, 200)],
    },
    ...(lines === undefined
      ? []
      : [
          {
            what: 'where lines of the log are kept',
            alarm: 'FiguresMissing',
            channel: '#ops',
            about: new URL(lines.url).host,
            kill: lines.kill,
            start: lines.start,
            requests: 'none fails',
            during: [],
            after: [foundAgain(world, lines.url)],
          } satisfies Outage,
        ]),
    {
      what: 'the exporter of PostgreSQL’s figures',
      alarm: 'FiguresMissing',
      channel: '#ops',
      about: new URL(watch.database.url).host,
      kill: watch.database.kill,
      start: watch.database.start,
      requests: 'none fails',
      during: [],
      after: [series('pg_up == 1', 'figures are back', 'pg_up is 1')],
    },
  ]
}

/** Everything that was told has been given to those who hear it. */
function handedOn({ watch }: World): Kept {
  return {
    claim: 'events that waited are handed on',
    look: async () => ({
      holds: (await watch.series('max(subscriber_pending) == 0')) > 0,
      saw: 'subscriber_pending is 0 of all',
    }),
  }
}

/** Every account of the shop is known in the database of the library, where only Kafka brings it. */
function heardByLibrary({ shopDatabase, libraryDatabase }: World): Kept {
  return {
    claim: 'the library has heard of everybody who signed up meanwhile',
    look: async () => {
      const told = await count(
        shopDatabase,
        "select count(*) from identity.account where email like '%@proof.example'",
      )
      const heard = await count(
        libraryDatabase,
        "select count(*) from platform.event_log where type = 'identity.account.registered' and arrived",
      )
      return { holds: heard >= told && told > 0, saw: `${told} accounts, ${heard} heard of` }
    },
  }
}

async function count(databaseUrl: string, query: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ count: string }>(query)
    return Number(rows[0]?.count)
  } finally {
    await client.end()
  }
}

/** A line that a process wrote, pushed as Alloy pushes it, is found by the id of its request. */
function foundAgain({ apis, logOf }: World, lines: string): Kept {
  const requestId = `proof-${randomBytes(8).toString('hex')}`
  let pushed = false
  return {
    claim: 'a line of the log, pushed in Loki’s form, is found by its request’s id',
    look: async () => {
      if (!pushed) {
        // Refused, which is a line of the log.
        await fetch(`${apis[0].url}/metrics`, { headers: { 'x-request-id': requestId } })
        const line = logOf('api1').find((one) => one.includes(requestId))
        if (line === undefined) return { holds: false, saw: 'no line with the id' }
        const stream = { app: 'pillivery', service: 'api1', level: 'warn' }
        const body = JSON.stringify({ streams: [{ stream, values: [[`${Date.now()}000000`, line]] }] })
        const headers = { 'content-type': 'application/json' }
        const answer = await fetch(`${lines}insert/loki/api/v1/push`, { method: 'POST', headers, body })
        pushed = answer.ok
        return { holds: false, saw: `pushed: ${answer.status}` }
      }
      const query = encodeURIComponent(`{service="api1"} requestId:"${requestId}"`)
      const found = await (await fetch(`${lines}select/logsql/query?query=${query}`)).text()
      return { holds: found.includes(requestId), saw: found.slice(0, 160) }
    },
  }
}
