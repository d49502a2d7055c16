import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The metrics of one process, read at `/metrics` in Prometheus text form. */
export interface Metrics {
  registry: Registry
  httpSeconds: Histogram<'method' | 'route' | 'status'>
  payments: Counter<'provider' | 'operation' | 'outcome'>
  breakerState: Gauge<'provider' | 'operation'>
  parkedEvents: Counter<'subscriber' | 'state'>
  commands: Counter<'command' | 'outcome'>
  /** A gauge read from the world at scrape time; a source that fails leaves its gauge out. */
  observe(name: string, help: string, read: () => Promise<number> | number): void
  /** The same with one value for each value of a label. */
  observeEach(
    name: string,
    help: string,
    label: string,
    read: () => Promise<readonly (readonly [value: string, figure: number])[]>,
  ): void
  /** A counter that somebody else counts, with one value for each value of a label. It never goes down. */
  countEach(
    name: string,
    help: string,
    label: string,
    read: () => readonly (readonly [value: string, total: number])[],
  ): void
}

/** The metrics of one process, those of Node among them. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    httpSeconds: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Duration of HTTP requests by route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    payments: new Counter({
      name: 'payment_provider_calls_total',
      help: 'Calls to payment providers by outcome',
      labelNames: ['provider', 'operation', 'outcome'],
      registers,
    }),
    breakerState: new Gauge({
      name: 'payment_breaker_state',
      help: 'Circuit breaker: 0 closed, 1 half open, 2 open',
      labelNames: ['provider', 'operation'],
      registers,
    }),
    parkedEvents: new Counter({
      name: 'events_parked_total',
      help: 'Events set aside because a subscriber failed',
      labelNames: ['subscriber', 'state'],
      registers,
    }),
    commands: new Counter({
      name: 'stored_commands_total',
      help: 'Stored commands by outcome',
      labelNames: ['command', 'outcome'],
      registers,
    }),
    observe: (name, help, read) => {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          try {
            this.set(await read())
          } catch {
            // Not reset(): that would say 0, and an alarm would take it for good news.
            this.remove()
          }
        },
      })
    },
    observeEach: (name, help, label, read) => {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        async collect() {
          this.reset()
          const figures = await read().catch(() => [])
          for (const [value, figure] of figures) this.set({ [label]: value }, figure)
        },
      })
    },
    countEach: (name, help, label, read) => {
      new Counter({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset()
          for (const [value, total] of read()) this.inc({ [label]: value }, total)
        },
      })
    },
  }
}
