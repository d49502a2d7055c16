/**
 * The yardstick for cached pages: a Fastify route that does nothing but answer the same bytes. What such a page loads
 * besides is handed on from `REST`, where it is given.
 */
import { readFileSync } from 'node:fs'
import fastify from 'fastify'

const [port, file, type = 'application/json; charset=utf-8', encoding, rest] = process.argv.slice(2)
if (port === undefined || file === undefined)
  throw new Error('usage: bare-server.ts PORT FILE [TYPE] [ENCODING] [REST]')
const body = encoding === undefined ? readFileSync(file, 'utf8') : readFileSync(file)
const server = fastify()
server.get('/', (_request, reply) => {
  reply.type(type)
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.send(body)
})
if (rest !== undefined) {
  server.get('/*', async (request, reply) => {
    const answer = await fetch(`${rest}${request.url}`)
    const answered = Buffer.from(await answer.arrayBuffer())
    return reply
      .code(answer.status)
      .type(answer.headers.get('content-type') ?? 'text/plain')
      .send(answered)
  })
}
await server.listen({ host: '127.0.0.1', port: Number(port) })
