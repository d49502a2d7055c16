import {
  type Attributes,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Logger } from './log.ts'
import { runInRequest } from './request-context.ts'
import type { Span, Tracer } from './tracer.ts'

export interface TracingOptions {
  /** Of a collector; traces are sent to `/v1/traces` there. */
  endpoint: string
  serviceName: string
  /** Of all traces, 0 to 1. Which ones is told by their ids, so that all processes keep the same. */
  share: number
  release?: string | undefined
  log: Logger
}

/** Spans wait for so many at most; more are lost, and nobody waits for a collector. */
const MOST_WAITING = 4_096
const SEND_EVERY_MS = 1_000
const SEND_TIMEOUT_MS = 5_000
/** A process that ends waits no longer for the collector. */
const LAST_WORDS_MS = 2_000

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const

/**
 * Sends spans to a collector in batches. A collector that is away, or slow, costs spans and one line of the log, and
 * nothing else.
 */
export function startTracing(options: TracingOptions): { tracer: Tracer; stop(): Promise<void> } {
  const { endpoint, serviceName, share, release, log } = options
  const exporter = new OTLPTraceExporter({
    url: new URL(`${endpoint.replace(/\/$/, '')}/v1/traces`).href,
    timeoutMillis: SEND_TIMEOUT_MS,
  })
  const provider = new TracerProvider({
    sampler: new TraceIdRatioBasedSampler(share),
    resource: resourceFromAttributes({
      'service.name': serviceName,
      ...(release === undefined ? {} : { 'service.version': release }),
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: toldOnce(exporter, log),
        maxQueueSize: MOST_WAITING,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: SEND_TIMEOUT_MS,
      }),
    ],
  })
  const spans = provider.getTracer('pillivery')
  return {
    tracer: {
      start: (name, { kind = 'internal', attributes = {}, parent, link }): Span => {
        const span = spans.startSpan(
          name,
          {
            kind: KINDS[kind],
            attributes: attributes satisfies Attributes,
            links: link === undefined ? [] : [{ context: contextOf(link) }],
          },
          parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent)),
        )
        return {
          traceparent: traceparentOf(span.spanContext()),
          set: (more) => void span.setAttributes(more),
          end: (failure) => {
            if (failure !== undefined)
              span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR })
            span.end()
          },
        }
      },
    },
    stop: async () => {
      const patience = Promise.withResolvers<void>()
      const timer = setTimeout(patience.resolve, LAST_WORDS_MS)
      // What could not be sent was told of, or is lost with the process.
      await Promise.race([provider.shutdown().catch(() => undefined), patience.promise])
      clearTimeout(timer)
    },
  }
}

/** Says that traces cannot be sent when that begins, and when it is over. */
function toldOnce(exporter: SpanExporter, log: Logger): SpanExporter {
  let failing = false
  return {
    shutdown: () => exporter.shutdown(),
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined
        // Sending was begun by whichever request came first: it is no part of that one.
        runInRequest({}, () => {
          if (failed && !failing) log.warn({ err: result.error }, 'traces cannot be sent, they are lost')
          if (!failed && failing) log.info('traces are sent again')
        })
        failing = failed
        done(result)
      }),
  }
}

function contextOf(traceparent: string): SpanContext {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-')
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`
}
