import { randomInt } from 'node:crypto'
import { type Session, standingSession } from '../database/session.ts'
import { createGivingWay, type GivingWay } from '../resilience/give-way.ts'
import { every, type Loop } from '../resilience/loop.ts'
import type { Logger } from '../telemetry/log.ts'
import {
  beginHolding,
  carryEvents,
  declareIntakes,
  endOfLog,
  keepFormerLeadersOut,
  leadIntakes,
  letGoOfIntakes,
  lookBehind,
  movePlace,
  readPortion,
} from './log-store.ts'
import { OUTBOX_CHANNEL } from './outbox.ts'
import type { Intake, Transport } from './transport.ts'

export interface LogTransportOptions {
  url: string
  log: Logger
  batchSize?: number
  /** Whether people wait for an answer of this process, see {@link createGivingWay}. Left out: nobody ever does. */
  isPressed?: (() => boolean) | undefined
  /** How often to look without being woken, in milliseconds. */
  pollMs?: number
  /** For how long a leader that says nothing keeps the lead while its connection stands, in milliseconds. */
  leaseMs?: number
}

/** What one connection has been used for; a new one begins anew. */
interface Standing {
  session: Session
  holder: number
  formerOut: boolean
  declaredAt: number
  renewedAt: number
  /** The end of the log when it was last looked at for all. */
  seen: number
  led: ReadonlySet<string>
}

const LEASE_MS = 12_000
const DECLARE_EVERY_MS = 60_000
/** A place is moved past events of other types when so many of them would be looked at again and again. */
const WORTH_MOVING = 500

/**
 * The transport of a single database: committed events are carried from the outbox into a log, by whichever process is
 * woken first, and each subscriber's leader reads on from its place.
 *
 * A leader shows that it lives in two ways. Its session holds a lock, so that when the process dies another leads at
 * once; and it renews a lease, so that when the process only hangs, and its connection stands, another leads as soon
 * as the lease ends. Two leaders for a moment do no harm: the inbox makes the second wait for, and then skip, what the
 * first did, and only one of them can move the place.
 */
export function startLogTransport(options: LogTransportOptions, intakes: readonly Intake[]): Transport {
  const { log, batchSize = 500, pollMs = 1_000, leaseMs = LEASE_MS, isPressed = () => false } = options
  let standing: Standing | undefined

  const loop = (name: string, run: () => Promise<unknown>) =>
    every({
      name,
      intervalMs: pollMs,
      maxBackOffMs: 2_000,
      run,
      onError: (error, { consecutive }) => {
        if (consecutive === 1) log.warn({ err: error, loop: name }, 'events interrupted, trying again')
      },
    })

  const leading = loop('events.lead', async () => {
    if (standing) await keepLead(standing)
  })
  const carrying = loop('events.carry', async () => {
    if (!standing?.formerOut) return
    while ((await carryEvents(standing.session, batchSize)) === batchSize && standing?.formerOut);
    if (standing) await wakeConcerned(standing)
  })
  const taking = new Map<string, Loop>(
    intakes.map((intake) => {
      // Who tells others carries on what people did elsewhere wait for: ended sessions among it.
      const way = createGivingWay(intake.own === true ? () => false : isPressed)
      return [intake.name, loop(`events.take.${intake.name}`, () => takeNext(intake, way))]
    }),
  )
  /**
   * Wakes the subscribers whom something new in the log concerns: most events concern few of them, and each that looks
   * for nothing costs a statement. What another version of one wants is read at its next look.
   */
  async function wakeConcerned(here: Standing): Promise<void> {
    const { head, types } = await lookBehind(here.session, here.seen)
    here.seen = head
    if (types.size === 0) return
    for (const intake of intakes)
      if (here.led.has(intake.name) && (intake.own === true || intake.types.some((type) => types.has(type))))
        taking.get(intake.name)?.wake()
  }

  async function tellHosted(session: Session): Promise<void> {
    const back = await declareIntakes(session, intakes)
    if (back.length > 0)
      log.warn({ subscribers: back }, 'subscribers are back, and may miss events forgotten meanwhile')
  }

  async function keepLead(here: Standing): Promise<void> {
    const now = performance.now()
    if (!here.formerOut) {
      here.formerOut = await keepFormerLeadersOut(here.session)
      if (here.formerOut) carrying.wake()
    }
    if (now - here.declaredAt > DECLARE_EVERY_MS) {
      await tellHosted(here.session)
      here.declaredAt = now
    }
    // The lead of others' subscribers is tried for every time, the own one renewed often enough to miss one turn.
    const renew = now - here.renewedAt > leaseMs / 3
    const asked = intakes.map(({ name }) => name).filter((name) => renew || !here.led.has(name))
    if (asked.length === 0) return
    const before = here.led
    const mine = await leadIntakes(here.session, here.holder, asked, leaseMs)
    if (renew) here.renewedAt = now
    here.led = new Set(renew ? mine : [...here.led, ...mine])
    const fresh = mine.filter((name) => !before.has(name))
    if (fresh.length > 0) log.info({ subscribers: fresh }, 'leads subscribers')
    for (const name of fresh) taking.get(name)?.wake()
  }

  async function takeNext(intake: Intake, way: GivingWay): Promise<unknown> {
    await way.rest()
    const here = standing
    if (!here?.led.has(intake.name)) return
    const { session, holder } = here
    const portion = await readPortion(session, holder, intake, batchSize)
    if (portion && portion.deliveries.length === 0 && portion.behind - portion.position < WORTH_MOVING) return
    if (portion) await intake.take(portion.deliveries)
    way.took()
    const leads = portion && (await movePlace(session, holder, intake.name, portion))
    if (!leads) here.led = new Set([...here.led].filter((name) => name !== intake.name))
    return leads && portion.more ? 'more' : undefined
  }

  const connection = standingSession({
    url: options.url,
    name: 'pillivery-events',
    channels: [OUTBOX_CHANNEL],
    log,
    heard: () => carrying.wake(),
    opened: async (session) => {
      const holder = randomInt(1, 2 ** 31 - 1)
      await beginHolding(session, holder)
      // At once, and not with the next turn: who begins now must not miss what is told meanwhile.
      await tellHosted(session)
      standing = {
        session,
        holder,
        formerOut: false,
        declaredAt: performance.now(),
        renewedAt: Number.NEGATIVE_INFINITY,
        seen: await endOfLog(session),
        led: new Set(),
      }
      leading.wake()
    },
    closed: () => {
      standing = undefined
    },
  })

  return {
    wake: () => carrying.wake(),
    ready: connection.ready,
    leads: (subscriber) => standing?.led.has(subscriber) ?? false,
    stop: async () => {
      await Promise.all([leading, carrying, ...taking.values()].map((each) => each.stop()))
      if (standing) await letGoOfIntakes(standing.session, standing.holder).catch(() => undefined)
      await connection.close()
    },
  }
}
