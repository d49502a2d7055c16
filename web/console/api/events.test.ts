import { expect, it } from 'vitest'
import { readEvents, type ServerEvent } from './events.ts'

const streamOf = (...parts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      // In the middle of a letter, too: what arrives is bytes.
      for (const part of parts)
        for (const byte of new TextEncoder().encode(part)) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })

it('events are read as they come, in any pieces', async () => {
  const read: ServerEvent[] = []
  const stream = streamOf(
    ': hello\n\nevent: progress\ndata: {"말": "예"}\n\n',
    'data: [1,\ndata: 2]\n\n',
    'data: "no end"',
  )
  for await (const event of readEvents(stream)) read.push(event)
  expect(read).toEqual([
    { name: 'progress', data: { 말: '예' } },
    { name: 'message', data: [1, 2] },
  ])
})
