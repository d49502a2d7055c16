import { currentRequest, runInRequest, traceIdOf } from './request-context.ts'
import type { Span, SpanStart } from './tracer.ts'

/**
 * Does work as a span of what is being worked on, so that whatever it begins is a part of it. Where nothing is traced
 * the work is just done. Work that is part of nothing begins a trace only when it is a `root`: the many small looks of
 * background work are no traces of their own.
 *
 * With a `parent` of its own it goes on with that trace, and is linked to what is being worked on.
 */
export async function inSpan<T>(
  name: string,
  about: Omit<SpanStart, 'link'> & { root?: boolean },
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  const request = currentRequest()
  const parent = parentOf(about.parent, request?.traceparent)
  if (request?.tracer === undefined || (parent === undefined && about.root !== true)) return work(undefined)
  const link = parent === request.traceparent ? undefined : request.traceparent
  const span = request.tracer.start(name, { ...about, parent, link })
  let failure: string | undefined
  try {
    return await runInRequest({ ...request, traceparent: span.traceparent }, () => work(span))
  } catch (error) {
    failure = failureOf(error)
    throw error
  } finally {
    span.end(failure)
  }
}

/** Who works on a trace already goes on from where it is, not from where the trace was left. */
function parentOf(own: string | undefined, current: string | undefined): string | undefined {
  if (own === undefined || current === undefined) return own ?? current
  return traceIdOf(own) === traceIdOf(current) ? current : own
}

/** The code of an error, or its kind: messages may quote what people have entered. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
