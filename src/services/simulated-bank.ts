import { join, resolve } from 'node:path'
import type { Module } from '../platform/module.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import { simulatorModule } from './simulator.ts'

/** The simulated bank: without it nobody can pay, so the process waits for it. */
export function bankModule({
  url,
  port,
  dataDir,
  shopUrl,
  log,
}: {
  url: string
  port: number
  dataDir: string
  /** Where it tells of payments. */
  shopUrl: string
  log: Logger
}): Module {
  return simulatorModule({
    name: 'bank',
    script: 'simulators/bank/main.ts',
    args: [
      '--port',
      String(port),
      '--data',
      join(resolve(dataDir), 'bank'),
      '--webhook-url',
      `${shopUrl}/api/payments/webhooks/toss`,
    ],
    url,
    log,
    needed: true,
  })
}
