import { connect, createServer, type Socket } from 'node:net'
import { listening } from './listening.ts'

/** A way to a database that can be shut: connections break off, and new ones are refused as by a server that is away. */
export interface Door {
  /** The database by way of the door. */
  url: string
  shut(): void
  open(): void
  close(): Promise<void>
}

/** @param url of the database itself */
export async function openDoor(url: string): Promise<Door> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let isShut = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Both ends see for themselves that the other has gone.
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((near) => {
    keep(near)
    if (isShut) return void near.resetAndDestroy()
    const far = connect(Number(target.port || 5432), target.hostname)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const port = await listening(server)
  const way = new URL(url)
  way.host = `127.0.0.1:${port}`
  // The server's own socket would lead past the door.
  way.searchParams.delete('host')
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    url: way.toString(),
    shut: () => {
      isShut = true
      cut()
    },
    open: () => {
      isShut = false
    },
    close: async () => {
      cut()
      await new Promise((done) => server.close(done))
    },
  }
}
