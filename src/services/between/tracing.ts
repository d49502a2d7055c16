import type { Logger } from '../../platform/telemetry/log.ts'
import type { Tracer } from '../../platform/telemetry/tracer.ts'
import type { ProcessSettings } from '../process-settings.ts'

type Wanted = Pick<ProcessSettings, 'tracesUrl' | 'tracesName' | 'tracesShare' | 'release'>

/** @returns what sends traces, which is loaded only where they are wanted; undefined where they are not */
export async function tracingFor(
  { tracesUrl: endpoint, tracesName: serviceName, tracesShare: share, release }: Wanted,
  log: Logger,
): Promise<{ tracer: Tracer; stop(): Promise<void> } | undefined> {
  if (endpoint === undefined) return undefined
  const { startTracing } = await import('../../platform/telemetry/open-telemetry.ts')
  return startTracing({ endpoint, serviceName, share, release, log })
}
