import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { createGuard } from '../../platform/resilience/guard.ts'
import { createOutboundHttp } from '../../platform/resilience/outbound-http.ts'
import { type WireResult, wireVerdict } from '../../platform/resilience/wire.ts'
import { inSpan } from '../../platform/telemetry/in-span.ts'
import { currentRequest } from '../../platform/telemetry/request-context.ts'

/** Another service in a process of its own, asked by its internal addresses. */
export interface Peer {
  /**
   * What it says; undefined when it knows no such thing.
   * @throws when it cannot be asked, or answers otherwise than agreed; the work can be tried again later
   */
  ask<S extends TSchema>(path: string, schema: S, limits?: Limits): Promise<Static<S> | undefined>
  /**
   * Has it do something; sent once and never again, so that who calls it brings an idempotency key where one is due.
   * @throws when it cannot be asked, or answers otherwise than agreed
   */
  call<S extends TSchema>(path: string, body: unknown, schema: S): Promise<Static<S>>
  stop(): Promise<void>
}

/** Narrower limits of one question. */
export interface Limits {
  /** Lets the caller give up: its deadline, or its own end. */
  signal?: AbortSignal
}

interface Sent {
  method: 'GET' | 'POST'
  path: string
  body?: { json: unknown }
}

const TIMEOUT_MS = 3_000
const CONNECTIONS = 10
const BREAKER = { window: 20, minimumCalls: 5, failureRatio: 0.5, openMs: 2_000, halfOpenTrials: 2 }

export interface PeerOptions {
  name: string
  url: string
  /** The credential of services, see `platform/auth/service-credential.ts`. */
  token: string
  /** Questions on their way at once. */
  connections?: number
}

/** A service in another process, asked over HTTP with our own credential. */
export function createPeer({ name, url, token, connections = CONNECTIONS }: PeerOptions): Peer {
  const http = createOutboundHttp({
    baseUrl: url,
    maxSockets: connections,
    headers: { authorization: `Bearer ${token}` },
  })
  const guard = createGuard<WireResult>({
    name: `peer.${name}`,
    limit: connections,
    breaker: BREAKER,
    classify: wireVerdict,
  })
  const about = { kind: 'client', attributes: { 'peer.service': name } } as const
  const send = (request: Sent, given?: AbortSignal) =>
    inSpan(`ask ${name}`, about, () => sendOnce(request, given))
  const sendOnce = async (request: Sent, given?: AbortSignal) => {
    const deadline = Date.now() + TIMEOUT_MS
    const { traceparent } = currentRequest() ?? {}
    const headers = traceparent === undefined ? {} : { traceparent }
    const result = await guard.run((signal) => http.request({ ...request, headers, deadline, signal }), {
      deadline,
      ...(given && { signal: given }),
    })
    if (result.kind !== 'answered') throw new Error(`${name} cannot be asked: ${result.reason}`)
    return result
  }
  const read = <S extends TSchema>(
    path: string,
    schema: S,
    { status, bodyText }: { status: number; bodyText: string },
  ): Static<S> => {
    const body: unknown = status === 200 ? JSON.parse(bodyText) : undefined
    if (!Value.Check(schema, body)) throw new Error(`${name} answered ${status} to ${path}`)
    return body
  }
  return {
    ask: async (path, schema, { signal } = {}) => {
      const result = await send({ method: 'GET', path }, signal)
      return result.status === 404 ? undefined : read(path, schema, result)
    },
    call: async (path, body, schema) =>
      read(path, schema, await send({ method: 'POST', path, body: { json: body } })),
    stop: async () => {
      guard.stop()
      await http.close()
    },
  }
}
