import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'

const Attribute = Type.Object({
  key: Type.String(),
  value: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
})
const SentSpan = Type.Object({
  traceId: Type.String(),
  spanId: Type.String(),
  parentSpanId: Type.Optional(Type.String()),
  name: Type.String(),
  attributes: Type.Array(Attribute),
  links: Type.Array(Type.Object({ traceId: Type.String() })),
  status: Type.Object({ code: Type.Integer() }),
})
const Sent = Type.Object({
  resourceSpans: Type.Array(
    Type.Object({ scopeSpans: Type.Array(Type.Object({ spans: Type.Array(SentSpan) })) }),
  ),
})
export type SentSpan = Static<typeof SentSpan>

export interface Collector {
  url: string
  /** All that was sent so far. */
  spans: readonly SentSpan[]
  close(): Promise<void>
}

/** Takes traces as a collector does: OTLP over HTTP, as JSON. */
export async function startCollector(port = 0): Promise<Collector> {
  const spans: SentSpan[] = []
  /** @returns whether it was something a collector takes */
  const take = async (request: IncomingMessage): Promise<boolean> => {
    const body: unknown = JSON.parse(await text(request))
    if (request.url !== '/v1/traces' || !Value.Check(Sent, body)) return false
    for (const { scopeSpans } of body.resourceSpans)
      for (const scope of scopeSpans) spans.push(...scope.spans)
    return true
  }
  const server = createServer((request, response) => {
    void take(request).then((taken) =>
      response.writeHead(taken ? 200 : 400, { 'content-type': 'application/json' }).end('{}'),
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: given } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${given}`,
    spans,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
