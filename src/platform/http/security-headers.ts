import helmet from '@fastify/helmet'
import fastify from 'fastify'

/**
 * The headers by which helmet protects browsers. They are the same for every answer, so they are made once, by asking
 * helmet for a sample, and not for every request. Routes may set their own values over them.
 */
export async function securityHeaders(): Promise<Readonly<Record<string, string>>> {
  const sample = fastify()
  await sample.register(helmet, {
    contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
  })
  let headers: Record<string, string> = {}
  sample.get('/', (_request, reply) => {
    headers = Object.fromEntries(
      Object.entries(reply.raw.getHeaders()).map(([name, value]) => [name, String(value)]),
    )
    return reply.send()
  })
  await sample.inject('/')
  await sample.close()
  return headers
}
