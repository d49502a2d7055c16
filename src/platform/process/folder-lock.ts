import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../user-error.ts'
import { makeFolder } from './make-folder.ts'

/** One process at a time may run the servers of a data folder. */
export interface FolderLock {
  release(): Promise<void>
}

/**
 * Takes the data folder, or says who has it. A lock left by a process that was killed is recognised (the process is
 * gone, or its number now belongs to another one) and taken over.
 * @returns undefined when a living process holds it
 */
export async function lockFolder(folder: string): Promise<FolderLock | undefined> {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new UserError(
      `The data folder ${folder} cannot be made (${(error as NodeJS.ErrnoException).code}). Set DATA_DIR to another place.`,
    )
  }
  const path = join(folder, 'lock')
  const mine = `${process.pid} ${await startTimeOf(process.pid)}\n`
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(mine)
      await file.close()
      return { release: () => rm(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new UserError(
          `The data folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}). Set DATA_DIR to another place.`,
        )
      }
    }
    if (await heldByLiving(path)) return undefined
    await rm(path, { force: true })
  }
  return undefined
}

async function heldByLiving(path: string): Promise<boolean> {
  const [pid, startTime] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ')
  if (!pid) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return (await startTimeOf(Number(pid))) === startTime
}

/** When the process started, in kernel ticks: tells a reused process number from the original. '-' where unknown. */
async function startTimeOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The command name in brackets may hold spaces; fields are counted after it.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return afterName[19] ?? '-'
}
