import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { EventContract } from '../../src/platform/events/event.ts'

const ROOT = join(import.meta.dirname, '../..')

function isContract(exported: unknown): exported is EventContract {
  return typeof exported === 'object' && exported !== null && 'read' in exported && 'earlier' in exported
}

/** Every event type that contexts tell each other, read from the files in which they stand. */
export async function allContracts(): Promise<EventContract[]> {
  const files = globSync('src/contracts/**/*-events.ts', { cwd: ROOT })
  const found: EventContract[] = []
  for (const file of files) {
    const module: unknown = await import(join(ROOT, file))
    if (typeof module === 'object' && module !== null) found.push(...Object.values(module).filter(isContract))
  }
  return found
}
