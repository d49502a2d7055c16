/** For tests only: pictures whose files are kept in memory, and files to send. */
import sharp from 'sharp'
import type { Db } from '../../platform/database/database.ts'
import type { FileStore } from '../../platform/files/file-store.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { createPictures, type Pictures } from './index.ts'

export interface MemoryFiles extends FileStore {
  readonly kept: Map<string, Buffer>
}

export function memoryFiles(): MemoryFiles {
  const kept = new Map<string, Buffer>()
  return {
    kept,
    put: async (name, bytes) => void kept.set(name, Buffer.from(bytes)),
    get: async (name) => kept.get(name),
    remove: async (name) => void kept.delete(name),
    tidy: async () => {},
  }
}

export function testPictures(
  { db, clock }: { db: Db; clock: Clock },
  files: FileStore = memoryFiles(),
): Pictures {
  return createPictures({ db, clock, files, log: createLog('silent') })
}

/** A photograph of nothing: each shade is another picture. */
export function photo(shade: number, width = 400, height = 300): Promise<Buffer> {
  const background = { r: shade % 256, g: (shade * 7) % 256, b: (shade * 13) % 256 }
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer()
}
