import { existsSync, mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'

/**
 * Folders of ours are for our own user. Root's may be passed through, but not listed: the embedded database below them
 * runs as another user.
 */
const PRIVATE = userInfo().uid === 0 ? 0o711 : 0o700

/**
 * Makes a folder and those above it, one after another. (`mkdir` of Node with `recursive` tries for ever where nothing
 * can be made, as below /proc.)
 * @throws what the system says when one cannot be made
 */
export function makeFolder(path: string): void {
  const missing: string[] = []
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder)
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode: PRIVATE })
    } catch (error) {
      // Somebody else was quicker.
      if (!existsSync(folder)) throw error
    }
  }
}
