/** Who asks whom: `server` is asked over HTTP, `client` asks somebody else, `consumer` works on what was stored before. */
export type SpanKind = 'server' | 'client' | 'consumer' | 'internal'

/** What is said of a span. Never anything of a person: no ids, addresses or values of parameters. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface SpanStart {
  kind?: SpanKind
  attributes?: Attributes
  /** W3C trace context it is a part of; without one it begins a trace. */
  parent?: string | undefined
  /** What it was begun by, in another trace. */
  link?: string | undefined
}

/** One step of a trace: from when to when, as part of what. */
export interface Span {
  /** W3C trace context of what is begun by it, in this process or another. */
  readonly traceparent: string
  set(attributes: Attributes): void
  /** @param failure a stable name of what went wrong; left out when nothing did */
  end(failure?: string): void
}

/** Begins spans; there is one only where traces are wanted. */
export interface Tracer {
  start(name: string, about: SpanStart): Span
}
