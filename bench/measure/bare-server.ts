/** The yardstick for cached pages: a Fastify route that does nothing but answer the same bytes. */
import { readFileSync } from 'node:fs'
import fastify from 'fastify'

const [port, file] = process.argv.slice(2)
if (port === undefined || file === undefined) throw new Error('usage: bare-server.ts PORT FILE')
const body = readFileSync(file, 'utf8')
const server = fastify()
server.get('/', (_request, reply) => reply.type('application/json; charset=utf-8').send(body))
await server.listen({ host: '127.0.0.1', port: Number(port) })
