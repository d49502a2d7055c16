import { AsyncLocalStorage } from 'node:async_hooks'

/** What follows one request through HTTP, events and stored commands, for logs and traces only. */
/** From where an HTTP request comes and what for. */
export interface Caller {
  address: string
  method: string
  /** As it is declared, without what callers put in. */
  route: string
}

export interface RequestContext {
  requestId: string
  /** W3C trace context header, passed on unchanged when the caller sent one. */
  traceparent?: string | undefined
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
