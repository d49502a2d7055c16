/** For tests only: files to send, and a store that keeps files in memory. */
import sharp from 'sharp'
import type { FileStore } from '../files/file-store.ts'

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

/** A photograph of nothing: each shade is another picture. */
export function photo(shade: number, width = 400, height = 300): Promise<Buffer> {
  const background = { r: shade % 256, g: (shade * 7) % 256, b: (shade * 13) % 256 }
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer()
}
