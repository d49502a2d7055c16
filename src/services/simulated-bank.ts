import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Module } from '../platform/module.ts'
import { type Child, startChild } from '../platform/process/child.ts'
import { requireFreePort } from '../platform/process/port.ts'

/** The simulated bank as a process of its own, which lives as long as its module runs. */
export function bankModule({ url, port, dataDir }: { url: string; port: number; dataDir: string }): Module {
  let bank: Child | undefined
  return {
    name: 'bank',
    start: async () => {
      await requireFreePort('127.0.0.1', port, 'BANK_PORT')
      bank = await startChild({
        name: 'The simulated bank',
        script: fileURLToPath(new URL('../../simulators/bank/main.ts', import.meta.url)),
        args: ['--port', String(port), '--data', join(resolve(dataDir), 'bank'), '--exit-with-parent'],
        ready: async () => {
          const answer = await fetch(`${url}/health`).catch(() => undefined)
          return answer?.ok ?? false
        },
      })
    },
    stop: async () => {
      await bank?.stop()
      bank = undefined
    },
  }
}
