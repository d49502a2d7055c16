import { join } from 'node:path'
import { startEmbedded } from '../../../src/platform/database/embedded.ts'
import type { Proof } from './proof.ts'

/** A PostgreSQL of the proof's own on this machine. @returns the address of its owner, by TCP: containers see no socket */
export async function startDatabase(proof: Proof): Promise<string> {
  const server = await startEmbedded({ folder: join(proof.folder, 'postgres') })
  proof.after(() => server.stop())
  const url = new URL(server.url)
  url.searchParams.delete('host')
  return url.toString()
}
