import { AsyncLocalStorage } from 'node:async_hooks'

/** What follows one request through HTTP, events and stored commands, for logs and traces only. */
export interface RequestContext {
  requestId: string
  /** W3C trace context header, passed on unchanged when the caller sent one. */
  traceparent?: string | undefined
}

const storage = new AsyncLocalStorage<RequestContext>()

export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work)
}

export function currentRequest(): RequestContext | undefined {
  return storage.getStore()
}
