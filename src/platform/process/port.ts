import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from '../user-error.ts'

/**
 * Fails early and clearly, before a database is started. A port that a dying process still holds is waited for.
 * @param name the setting that names the port
 */
export async function requireFreePort(host: string, port: number, name = 'PORT'): Promise<number> {
  const deadline = Date.now() + 3_000
  while (!(await isFree(host, port))) {
    if (Date.now() > deadline) throw portInUse(port, name)
    await pause(100)
  }
  return port
}

async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer()
  const result = Promise.race([
    once(probe, 'listening').then(() => true),
    once(probe, 'error').then(() => false),
  ])
  probe.listen(port, host)
  const free = await result.catch(() => false)
  if (free) await new Promise((done) => probe.close(done))
  return free
}

export function portInUse(port: number, name: string): UserError {
  return new UserError(`Port ${port} is in use by another program. Stop it, or set ${name} to another port.`)
}
