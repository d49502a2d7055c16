import type { FastifyReply } from 'fastify'

/**
 * Aborted when who asked has gone or has been answered: also when they went while it was still being found out who
 * they are. `close` alone is told only once, to those who listen by then.
 */
export function goneOf({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  if (raw.destroyed) return AbortSignal.abort()
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return gone.signal
}
