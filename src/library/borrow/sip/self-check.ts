import { Counter } from 'prom-client'
import type { Module } from '../../../platform/module.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import type { LendingDeps } from '../lending/deps.ts'
import type { SelfCheckPort } from '../self-check-port.ts'
import type { StockPort } from '../stock-port.ts'
import { createListener, type Listener, type ListenerSettings } from './listener.ts'
import { createTries } from './tries.ts'

export type SelfCheckSettings = ListenerSettings & { settleMs?: number }

export interface SelfCheckParts extends LendingDeps {
  stock: StockPort
  others: SelfCheckPort
  log: Logger
  settings: SelfCheckSettings
}

/** A loan is settled within milliseconds while all is well, and after this it is accepted unsettled, as at the desk. */
const SETTLE_MS = 5_000
/** Of one card. The library's own people know what to do after that. */
const PASSWORD_TRIES = { most: 5, minutes: 15 }
/** So many lines a minute in the log for one address, behind which all machines of a library may be. */
const LOGIN_TRIES = { most: 30, minutes: 1 }

/** The door for self-check machines as a module of a process, and what listens there. */
export function createSelfCheck({ stock, others, log, settings, ...lending }: SelfCheckParts): {
  module: Module
  listener: Listener
} {
  const messages = new Counter({
    name: 'library_self_check_messages_total',
    help: 'Messages of self-check machines by what they ask and what came of it',
    labelNames: ['message', 'outcome'],
    registers: [],
  })
  const { settleMs = SETTLE_MS, ...listening } = settings
  const { db, clock, calendar } = lending
  const deps = {
    lending: { db, clock, calendar, stock },
    others,
    log,
    settleMs,
    passwordTries: createTries(PASSWORD_TRIES),
    loginTries: createTries(LOGIN_TRIES),
  }
  const listener = createListener(deps, listening, (message, outcome) => messages.inc({ message, outcome }))
  return {
    listener,
    module: {
      name: 'borrow.self-check',
      start: async () => {
        const port = await listener.start()
        log.info({ host: settings.host, port }, 'self-check machines may connect')
      },
      stop: () => listener.stop(),
      metrics: (metrics) => {
        metrics.registry.registerMetric(messages)
        metrics.observe('library_self_check_machines', 'Self-check machines connected', () =>
          listener.connected(),
        )
      },
    },
  }
}
