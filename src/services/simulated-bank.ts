import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Module } from '../platform/module.ts'
import { type Child, startChild } from '../platform/process/child.ts'
import type { Logger } from '../platform/telemetry/log.ts'

const RESTART_AFTER_MS = 500

interface BankOptions {
  url: string
  port: number
  dataDir: string
  log: Logger
}

/** The simulated bank as a process of its own, which lives as long as its module runs: killed, it is started again. */
export function bankModule(options: BankOptions): Module {
  const { log } = options
  let bank: Child | undefined
  let stopping = false

  async function keepAlive(): Promise<void> {
    for (;;) {
      const lastWords = await bank?.ended
      if (stopping) return
      log.error({ lastWords }, 'the simulated bank ended, starting it again')
      await pause(RESTART_AFTER_MS)
      if (stopping) return
      bank = await startBank(options).catch((error: unknown) => {
        log.error({ err: error }, 'the simulated bank did not start')
        return undefined
      })
      if (stopping) await bank?.stop()
    }
  }

  return {
    name: 'bank',
    start: async () => {
      bank = await startBank(options)
      void keepAlive()
    },
    stop: async () => {
      stopping = true
      await bank?.stop()
    },
  }
}

function startBank({ url, port, dataDir, log }: BankOptions): Promise<Child> {
  return startChild({
    name: 'The simulated bank',
    script: fileURLToPath(new URL('../../simulators/bank/main.ts', import.meta.url)),
    args: ['--port', String(port), '--data', join(resolve(dataDir), 'bank'), '--exit-with-parent'],
    onSlow: () => log.warn({ url }, 'still waiting for the simulated bank to answer'),
    ready: async () => {
      const answer = await fetch(`${url}/health`).catch(() => undefined)
      return answer?.ok ?? false
    },
  })
}
