import { AsyncLocalStorage } from 'node:async_hooks'
import type { Tracer } from './tracer.ts'

/** From where an HTTP request comes and what for. */
export interface Caller {
  address: string
  method: string
  /** As it is declared, without what callers put in. */
  route: string
}

/** What follows one request through HTTP, events and stored commands, for logs and traces only. */
export interface RequestContext {
  /** Absent in work nobody asked for, as that of the night. */
  requestId?: string | undefined
  /** W3C trace context: of the span that is worked on, or as another service of ours sent it. */
  traceparent?: string | undefined
  /** W3C trace context of somebody outside. It stands in the log and decides nothing. */
  told?: string | undefined
  /** Absent where nothing is traced. */
  tracer?: Tracer | undefined
  /** Absent in events and stored commands. */
  caller?: Caller
}

const storage = new AsyncLocalStorage<RequestContext>()

/** Runs work, and whatever it begins, as a part of a request: its logs and events carry the ids. */
export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work)
}

/** The request that is being worked on; undefined for work without one. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore()
}

/** The trace a W3C trace context belongs to. */
export function traceIdOf(traceparent: string): string {
  const [, traceId = ''] = traceparent.split('-')
  return traceId
}
