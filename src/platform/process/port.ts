import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from '../user-error.ts'

/**
 * Fails early and clearly, before a database is started. A port that a dying process still holds is waited for.
 * @param name the setting that names the port
 */
export async function requireFreePort(host: string, port: number, name = 'PORT'): Promise<number> {
  const deadline = Date.now() + 3_000
  for (;;) {
    const objection = await objectionTo(host, port)
    if (objection === undefined) return port
    if (objection === 'EADDRNOTAVAIL' || objection === 'ENOTFOUND' || objection === 'EAI_AGAIN')
      throw new UserError(`HOST=${host}: is not an address of this machine (${objection}).`)
    if (objection === 'EACCES')
      throw new UserError(`Port ${port} may not be used by this user. Set ${name} to one above 1023.`)
    if (Date.now() > deadline) throw portInUse(port, name)
    await pause(100)
  }
}

/** The system's code for why nobody could listen there now. */
async function objectionTo(host: string, port: number): Promise<string | undefined> {
  const probe = createServer()
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  probe.once('listening', () => probe.close(() => resolve(undefined)))
  probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  probe.listen(port, host)
  return promise
}

/** How a server at a host and port is addressed; IPv6 stands in brackets. */
export function addressOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Tells whoever started us that somebody else has the port. */
export function portInUse(port: number, name: string): UserError {
  return new UserError(`Port ${port} is in use by another program. Stop it, or set ${name} to another port.`)
}
