import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { createServer } from 'node:net'

/**
 * Makes sure that one bank only writes in a folder: two would interleave their sequence numbers. The lock is
 * a Linux abstract socket, which the kernel lets go even after `kill -9`; elsewhere there is no lock.
 * Answers the function that releases it, or undefined when somebody else holds it.
 */
export async function lockFolder(folder: string): Promise<(() => void) | undefined> {
  mkdirSync(folder, { recursive: true })
  if (process.platform !== 'linux') return () => undefined
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32)
  const holder = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    holder.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    holder.listen(`\0pillivery-bank-${name}`, () => {
      holder.unref()
      resolve(() => void holder.close())
    })
  })
}
