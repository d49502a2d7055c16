import { fromKysely, type Job, type JobResult, PgBoss } from 'pg-boss'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Tx } from '../database/database.ts'
import { newId } from '../ids.ts'
import { inSpan } from '../telemetry/in-span.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { currentRequest, runInRequest } from '../telemetry/request-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { BUSINESS_TIME_ZONE } from '../time/clock.ts'

/**
 * A stored command: something to be done after a commit, by exactly one worker at a time, again after failures,
 * and set aside for an operator when it keeps failing. Stored by pg-boss in the same database.
 */
export interface Command<S extends TSchema = TSchema> {
  name: string
  schema: S
  /** Tries before the command is a dead letter. Delays double from `retryDelaySeconds`. */
  retryLimit: number
  retryDelaySeconds: number
  /** A worker that does not finish within this time is presumed dead. */
  expireSeconds: number
  /**
   * Wakes a worker at the commit. What may wait a second is taken in batches instead, which costs a fraction: every
   * wake-up is a notification that commits queue for, and a look for one command.
   */
  urgent: boolean
}

/** A kind of stored command with the schema of what it carries. Whoever hosts it gives it a handler. */
export function defineCommand<S extends TSchema>(
  name: string,
  schema: S,
  options: { retryLimit?: number; retryDelaySeconds?: number; expireSeconds?: number; urgent?: boolean } = {},
): Command<S> {
  const { retryLimit = 8, retryDelaySeconds = 2, expireSeconds = 120, urgent = true } = options
  return { name, schema, retryLimit, retryDelaySeconds, expireSeconds, urgent }
}

export interface CommandHandler {
  command: Command
  /** Runs one command. Throw to have it tried again. Must be safe to run twice. */
  run(data: unknown): Promise<void>
}

/** Binds a command to its work; the stored data is checked first. */
export function handleCommand<S extends TSchema>(
  command: Command<S>,
  work: (data: Static<S>) => Promise<void>,
): CommandHandler {
  const validator = Compile(command.schema)
  return {
    command,
    run: async (data) => {
      if (!validator.Check(data)) throw new Error(`stored command ${command.name} does not match its schema`)
      await work(data)
    },
  }
}

export interface Schedule {
  name: string
  /** Five-field cron expression in Asia/Seoul. */
  cron: string
  /** It is not to run any more, or not here: what an earlier start has stored of it is taken back. */
  off?: boolean
  run(): Promise<void>
}

export interface DeadCommand {
  id: string
  command: string
  data: unknown
  createdAt: string
  failedAt: string
  error: string | null
}

export interface Commands {
  /**
   * Stores a command in the caller's transaction.
   * @param key at most one waiting or running command per key
   */
  enqueue<S extends TSchema>(
    tx: Tx,
    command: Command<S>,
    data: Static<S>,
    options?: { key?: string; startAfter?: Temporal.Instant },
  ): Promise<void>
  /** Starts working the given commands and schedules. */
  work(handlers: readonly CommandHandler[], schedules?: readonly Schedule[]): Promise<void>
  listDead(limit: number): Promise<DeadCommand[]>
  /** Puts a dead command back into its queue. False when there is no such dead command. */
  replay(id: string): Promise<boolean>
  stop(): Promise<void>
}

const DEAD = 'dead_letter'
/** A worker shows twice in this time that it lives; a command whose worker fell silent is given to another one. */
const HEARTBEAT_SECONDS = 10
const LOOK_FOR_DEAD_SECONDS = 5

interface Stored {
  data: unknown
  requestId?: string | undefined
  traceparent?: string | undefined
}

/** Commands taken at once by a worker, and done side by side; while batches come full there is no pause between them. */
const WORK = {
  batchSize: 10,
  perJobResults: true,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 1,
  notifyPollingIntervalSeconds: 1,
} as const

/**
 * Connects stored commands to a database. Queues are made for every given command, so that `enqueue` works in
 * processes that only store and never run them.
 */
export async function startCommands(options: {
  url: string
  commands: readonly Command[]
  log: Logger
  metrics: Metrics
  /** Left out: nothing is traced. */
  tracer?: Tracer | undefined
  /** Does this process work commands, or only store them? */
  worker: boolean
}): Promise<Commands> {
  const { log, metrics, tracer } = options
  const boss = new PgBoss({
    connectionString: options.url,
    application_name: 'pillivery-commands',
    max: options.worker ? 4 : 1,
    useListenNotify: options.worker,
    supervise: options.worker,
    schedule: options.worker,
    // Looks for commands whose worker has died.
    superviseIntervalSeconds: LOOK_FOR_DEAD_SECONDS,
    monitorIntervalSeconds: LOOK_FOR_DEAD_SECONDS,
    monitorVacuum: false,
    connectionTimeoutMillis: 3_000,
  })
  boss.on('error', (error) => log.warn({ err: error }, 'stored commands interrupted'))
  await boss.start()
  await boss.createQueue(DEAD, { policy: 'standard', retryLimit: 0, retentionSeconds: 90 * 24 * 3600 })
  for (const command of options.commands) {
    const queue = {
      // One waiting or running command per key; commands without a key of their own get a fresh one.
      policy: 'exclusive' as const,
      retryLimit: command.retryLimit,
      retryDelay: command.retryDelaySeconds,
      retryBackoff: true,
      retryDelayMax: 3_600,
      expireInSeconds: command.expireSeconds,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      deadLetter: DEAD,
      notify: command.urgent,
    }
    await boss.createQueue(command.name, queue)
    const { policy: _fixed, ...changeable } = queue
    await boss.updateQueue(command.name, changeable)
  }

  /** Runs one command of a batch; each has a result of its own, so one failure does not repeat its neighbours. */
  const runJob = (name: string, run: CommandHandler['run'], job: Job<Stored>): Promise<JobResult> => {
    const { requestId = job.id, traceparent, data } = job.data
    return runInRequest({ requestId, traceparent, tracer }, async (): Promise<JobResult> => {
      try {
        await inSpan(name, { kind: 'consumer', root: true }, () => run(data))
        metrics.commands.inc({ command: name, outcome: 'done' })
        return { id: job.id, status: 'completed' }
      } catch (error) {
        metrics.commands.inc({ command: name, outcome: 'failed' })
        log.warn({ err: error, command: name, jobId: job.id }, 'stored command failed')
        const message = error instanceof Error ? error.message : String(error)
        return { id: job.id, status: 'failed', output: { message } }
      }
    })
  }

  return {
    enqueue: async (tx, command, data, more = {}) => {
      const { requestId, traceparent } = currentRequest() ?? {}
      const stored: Stored = { data, requestId, traceparent }
      await boss.send(command.name, stored, {
        db: fromKysely(tx),
        singletonKey: more.key ?? newId(),
        ...(more.startAfter === undefined ? {} : { startAfter: new Date(more.startAfter.epochMilliseconds) }),
      })
    },
    work: async (handlers, schedules = []) => {
      for (const { command, run } of handlers) {
        await boss.work<Stored, unknown, typeof WORK>(command.name, WORK, (jobs) =>
          Promise.all(jobs.map((job) => runJob(command.name, run, job))),
        )
      }
      for (const schedule of schedules) {
        if (schedule.off) {
          await boss.unschedule(schedule.name)
          continue
        }
        await boss.createQueue(schedule.name, {
          policy: 'singleton',
          retryLimit: 3,
          retryDelay: 60,
          deadLetter: DEAD,
        })
        await boss.schedule(schedule.name, schedule.cron, {}, { tz: BUSINESS_TIME_ZONE })
        await boss.work(schedule.name, { batchSize: 1 }, () => runInRequest({ tracer }, () => schedule.run()))
      }
    },
    listDead: async (limit) => {
      const jobs = await boss.findJobs<Stored>(DEAD, { queued: true })
      return jobs
        .sort((a, b) => b.createdOn.getTime() - a.createdOn.getTime())
        .slice(0, limit)
        .map((job) => ({
          id: job.id,
          command: job.sourceName ?? 'unknown',
          data: job.data.data,
          createdAt: (job.sourceCreatedOn ?? job.createdOn).toISOString(),
          failedAt: job.createdOn.toISOString(),
          error: messageIn(job.sourceOutput),
        }))
    },
    replay: async (id) => (await boss.redrive(DEAD, { ids: [id] })) === 1,
    stop: () => boss.stop({ graceful: true, timeout: 10_000 }),
  }
}

function messageIn(output: object | null): string | null {
  return output && 'message' in output && typeof output.message === 'string' ? output.message : null
}
