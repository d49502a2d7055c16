import { randomUUID } from 'node:crypto'
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type FileStore, requireName } from './file-store.ts'

/** Where a file is written until it is whole; in the same file system, so that moving it is one step. */
const PARTS = 'parts'

/**
 * Keeps files in a folder, which several processes and machines may share as a volume. A file appears under its name
 * when all of it is on the disk, and not before.
 */
export function createFolderStore(folder: string): FileStore {
  // Of so many files none lists a folder, but people do.
  const placeOf = (name: string) => join(folder, requireName(name).slice(0, 2), name)
  return {
    put: async (name, bytes) => {
      const place = placeOf(name)
      if (await isThere(place)) return
      await mkdir(join(folder, PARTS), { recursive: true })
      await mkdir(dirname(place), { recursive: true })
      const part = join(folder, PARTS, `${name}.${randomUUID()}`)
      try {
        await writeThrough(part, bytes)
        await rename(part, place)
        await syncFolder(dirname(place))
      } catch (error) {
        await rm(part, { force: true })
        throw error
      }
    },
    get: async (name) => readFile(placeOf(name)).catch(unlessMissing),
    remove: async (name) => rm(placeOf(name), { force: true }),
    tidy: async (before) => {
      const parts = (await readdir(join(folder, PARTS)).catch(unlessMissing)) ?? []
      for (const part of parts) {
        const path = join(folder, PARTS, part)
        const found = await stat(path).catch(unlessMissing)
        if (found && found.mtimeMs < before.epochMilliseconds) await rm(path, { force: true })
      }
    },
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => unlessMissing(error) ?? false,
  )
}

/** Nothing for what is not there; everything else stays an error. */
function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx')
  await file.writeFile(bytes)
  await file.sync()
}

/** Without it the name may be gone after a power cut, though the bytes are there. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
