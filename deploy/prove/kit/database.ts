import { join } from 'node:path'
import { startEmbedded } from '../../../src/platform/database/embedded.ts'
import type { Proof } from './proof.ts'

/** A PostgreSQL of the proof's own on this machine. @returns the address of its owner */
export async function startDatabase(proof: Proof): Promise<string> {
  const server = await startEmbedded({ folder: join(proof.folder, 'postgres') })
  proof.after(() => server.stop())
  return server.url
}
