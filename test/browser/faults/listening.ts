import type { Server } from 'node:net'

/** Has a server listen on this machine. @returns its port */
export async function listening(server: Server, port = 0): Promise<number> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', done)
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
