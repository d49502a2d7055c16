import { isBrokerThere } from '../platform/events/kafka/topics.ts'
import { type KafkaLink, startRelay } from '../platform/events/relay.ts'
import { stopAllAtOnce } from '../platform/process/run-all.ts'
import { every } from '../platform/resilience/loop.ts'
import { runInRequest } from '../platform/telemetry/request-context.ts'
import type { Runtime } from '../runtime.ts'
import { sessionsSubscriber } from '../services/between/sessions.ts'
import type { Config } from '../services/config.ts'
import { SERVICES } from '../services/index.ts'
import type { Store } from '../services/stores.ts'

/**
 * Begins the background work of a process: events handed to the subscribers, sweepers, stored commands and schedules,
 * each with the database and the role of its own service.
 * @param isPressed whether people wait for an answer of this process
 * @returns what begins nothing more and lets the rest finish
 */
export async function startBackground(
  runtime: Runtime,
  isPressed: () => boolean,
): Promise<() => Promise<void>> {
  const { modules, stores, log, tracer } = runtime
  const relays = stores.map((store) => relayOf(store, runtime, isPressed))
  runtime.metrics.observe(
    'kafka_lag',
    'Messages of the broker this process has still to take over',
    async () => {
      const lags = await Promise.all(relays.map((relay) => relay.kafkaLag()))
      return lags.reduce((sum, lag) => sum + lag, 0)
    },
  )
  const link = kafkaLink(runtime.config)
  if (link)
    runtime.metrics.observe('kafka_connected', '1 while a broker answers this process', async () =>
      Number(await isBrokerThere(link.cluster)),
    )
  // Whoever begins to listen has its place before anybody is served.
  await Promise.all(relays.map(({ ready }) => ready))
  const loops = modules
    .flatMap((module) => module.sweeps ?? [])
    .map((sweep) =>
      every({
        name: sweep.name,
        intervalMs: sweep.everyMs,
        // Only what is worth a trace of its own begins one.
        run: (signal) => runInRequest({ tracer }, () => sweep.run(signal)).then(() => undefined),
        onError: (error, { name }) =>
          log.warn({ err: error, sweep: name }, 'sweep interrupted, will run again'),
      }),
    )
  for (const store of stores) {
    const own = modulesOf(store, runtime)
    await store.commands.work(
      own.flatMap((module) => module.handlers ?? []),
      own.flatMap((module) => module.schedules ?? []),
    )
  }
  return () =>
    stopAllAtOnce([
      ...relays.map((relay) => () => relay.stop()),
      ...loops.map((loop) => () => loop.stop()),
      ...stores.map(
        ({ commands }) =>
          () =>
            commands.stop(),
      ),
    ])
}

function modulesOf(store: Store, { hosted }: Runtime) {
  return hosted.filter((service) => service.store === store).flatMap((service) => service.modules)
}

/** How events come from and to other databases; undefined when all services share one. */
function kafkaLink({ kafkaBrokers, kafkaPrefix, services }: Config): KafkaLink | undefined {
  if (kafkaBrokers === undefined) return undefined
  const here = services.flatMap((name) => SERVICES[name].tells)
  return {
    cluster: { brokers: kafkaBrokers, prefix: kafkaPrefix },
    // Told by a service of another process: if it shares this database after all, its events are known already.
    isElsewhere: (type) => !here.some((told) => type.startsWith(told)),
  }
}

function relayOf(store: Store, runtime: Runtime, isPressed: () => boolean) {
  const { clock, log, metrics, tracer } = runtime
  const kafka = kafkaLink(runtime.config)
  return startRelay({
    db: store.database.db,
    url: store.database.url,
    subscribers: [
      ...modulesOf(store, runtime).flatMap((module) => module.subscribers ?? []),
      ...(kafka && store === runtime.stores[0] ? [sessionsSubscriber(runtime.endedSessions)] : []),
    ],
    ...(kafka && { kafka }),
    now: clock.now,
    isPressed,
    log,
    tracer,
    onParked: (subscriber, envelope, parking) => {
      metrics.parkedEvents.inc({ subscriber, state: parking.state })
      log.error(
        { subscriber, event: envelope.id, type: envelope.type, reason: parking.reason },
        'event set aside',
      )
    },
  })
}
