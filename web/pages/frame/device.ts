import type { FastifyRequest } from 'fastify'

/** Which of a provider's pages fits the browser. */
export function deviceOf(request: FastifyRequest): 'pc' | 'mobile' {
  const { 'user-agent': agent = '', 'sec-ch-ua-mobile': hint } = request.headers
  return hint === '?1' || /Mobi|Android|iPhone/i.test(agent) ? 'mobile' : 'pc'
}
