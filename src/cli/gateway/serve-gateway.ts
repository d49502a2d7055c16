import { buildGateway } from '../../gateway/index.ts'
import { createVerifier } from '../../platform/auth/access-token.ts'
import { AUDIENCE } from '../../platform/auth/auth.ts'
import { identityKeys } from '../../platform/auth/identity-keys.ts'
import { createServiceCredential } from '../../platform/auth/service-credential.ts'
import { freePort } from '../../platform/database/embedded.ts'
import { addressOf, portInUse, requireFreePort } from '../../platform/process/port.ts'
import { openRedis, type Redis } from '../../platform/redis/redis.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../platform/telemetry/metrics.ts'
import type { Tracer } from '../../platform/telemetry/tracer.ts'
import { type Clock, systemClock } from '../../platform/time/clock.ts'
import type { GatewayConfig } from '../../services/between/gateway.ts'
import { tracingFor } from '../../services/between/tracing.ts'
import { publishedEvents } from '../events/published-events.ts'
import { VERSION } from '../version.ts'

export interface RunningGateway {
  url: string
  /** Takes no more, answers what is under way, and ends. */
  stop(): Promise<void>
}

/** Starts the gateway in this process. @throws UserError when its port is taken */
export async function serveGateway(
  config: GatewayConfig,
  log: Logger,
  clock: Clock = systemClock,
): Promise<RunningGateway> {
  const port = config.port === 0 ? await freePort() : await requireFreePort(config.host, config.port)
  const metrics = createMetrics()
  const { redisUrl: address, redisSentinels: sentinels, redisPrefix: prefix } = config
  const redis =
    address === undefined ? undefined : await openRedis({ url: address, sentinels, prefix, log, metrics })
  const tracing = await tracingFor(config, log)
  // What is told last is sent last.
  const close = async () => {
    await redis?.close()
    await tracing?.stop()
  }
  try {
    const ground = { port, log, clock, metrics, redis, tracer: tracing?.tracer }
    const { url, stop } = await listen(config, ground)
    const stopAll = async () => {
      try {
        await stop()
      } finally {
        await close()
      }
    }
    return { url, stop: stopAll }
  } catch (error) {
    await close()
    throw error
  }
}

interface Ground {
  port: number
  log: Logger
  clock: Clock
  metrics: Metrics
  redis: Redis | undefined
  tracer: Tracer | undefined
}

async function listen(
  config: GatewayConfig,
  { port, log, clock, metrics, redis, tracer }: Ground,
): Promise<RunningGateway> {
  const url = addressOf(config.host, port)
  const publicUrl = config.publicUrl ?? url
  let draining = false
  const keys = identityKeys(new URL('/.well-known/jwks.json', config.identityUrl), log)
  const app = await buildGateway({
    origins: config.upstreams,
    publicUrl,
    trustedProxies: config.trustedProxies,
    requestsPerMinute: config.requestsPerMinute,
    redis,
    bodyLimit: config.bodyLimitBytes,
    corsOrigins: config.corsOrigins ?? [],
    authenticate: createVerifier({
      jwks: keys.keyOf,
      issuer: config.tokenIssuer ?? publicUrl,
      audience: AUDIENCE,
      clock,
      // Which sessions have ended the services know, each from its own database.
      isEnded: () => false,
      onKeysMissing: (error) => log.warn({ err: error }, 'the public keys of identity cannot be had'),
    }),
    metricsToken: config.metricsToken,
    version: VERSION,
    events: () => publishedEvents(VERSION),
    log,
    metrics,
    tracer,
    tracesToken: createServiceCredential(config.tracesTokens).own,
    draining: () => draining,
  })
  await app.listen({ host: config.host, port }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? portInUse(port, 'PORT') : error
  })
  keys.start()
  return {
    url,
    stop: async () => {
      draining = true
      await app.close()
      await keys.stop()
    },
  }
}
