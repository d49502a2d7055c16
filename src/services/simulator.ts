import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Module } from '../platform/module.ts'
import { type Child, startChild } from '../platform/process/child.ts'
import type { Logger } from '../platform/telemetry/log.ts'

const RESTART_AFTER_MS = 500
/** One that ends at once, for instance because its port is taken, is started again after longer and longer. */
const MOST_RESTART_MS = 60_000
const STEADY_MS = 10_000

interface SimulatorOptions {
  /** Of the module, and for the log: `the simulated …`. */
  name: string
  /** From the root of the sources. */
  script: string
  args: readonly string[]
  /** Where it answers; `/health` tells that it does. */
  url: string
  log: Logger
  /** Whether the process needs it for anything: then it waits for it, and does not start without it. */
  needed: boolean
}

/**
 * A part of the simulated outside world as a process of its own, which lives as long as its module runs: killed, it is
 * started again.
 */
export function simulatorModule(options: SimulatorOptions): Module {
  const { name, log, needed } = options
  let child: Child | undefined
  const stopped = new AbortController()

  async function keepAlive(): Promise<void> {
    for (let waitMs = RESTART_AFTER_MS; ; ) {
      const began = performance.now()
      const lastWords = await child?.ended
      if (stopped.signal.aborted) return
      log.error({ lastWords }, `the simulated ${name} ended, starting it again`)
      waitMs =
        performance.now() - began > STEADY_MS ? RESTART_AFTER_MS : Math.min(2 * waitMs, MOST_RESTART_MS)
      await pause(waitMs, undefined, { signal: stopped.signal }).catch(() => undefined)
      if (stopped.signal.aborted) return
      child = await startChildOf(options).catch((error: unknown) => {
        log.error({ err: error }, `the simulated ${name} did not start`)
        return undefined
      })
      if (stopped.signal.aborted) await child?.stop()
    }
  }

  async function startAside(): Promise<void> {
    try {
      child = await startChildOf(options)
    } catch (error) {
      if (!stopped.signal.aborted)
        log.warn({ err: error }, `the simulated ${name} did not start: it will be missing`)
      return
    }
    if (stopped.signal.aborted) await child.stop()
    else await keepAlive()
  }

  let aside: Promise<void> | undefined
  return {
    name,
    start: async () => {
      if (!needed) {
        aside = startAside()
        return
      }
      child = await startChildOf(options)
      void keepAlive()
    },
    stop: async () => {
      stopped.abort()
      await child?.stop()
      await aside
    },
  }
}

function startChildOf({ name, script, args, url, log }: SimulatorOptions): Promise<Child> {
  return startChild({
    name: `The simulated ${name}`,
    script: fileURLToPath(new URL(`../../${script}`, import.meta.url)),
    args: [...args, '--exit-with-parent'],
    onSlow: () => log.warn({ url }, `still waiting for the simulated ${name} to answer`),
    ready: async () => {
      const answer = await fetch(`${url}/health`).catch(() => undefined)
      return answer?.ok ?? false
    },
  })
}
