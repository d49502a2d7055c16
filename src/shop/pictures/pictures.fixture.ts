/** For tests only: pictures whose files are kept in memory, and files to send. */
import type { Db } from '../../platform/database/database.ts'
import type { FileStore } from '../../platform/files/file-store.ts'
import { memoryFiles } from '../../platform/pictures/photo.fixture.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { createPictures, type Pictures } from './index.ts'

export { type MemoryFiles, memoryFiles, photo } from '../../platform/pictures/photo.fixture.ts'

export function testPictures(
  { db, clock }: { db: Db; clock: Clock },
  files: FileStore = memoryFiles(),
): Pictures {
  return createPictures({ db, clock, files, log: createLog('silent') })
}
