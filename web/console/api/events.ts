/** One message of a stream of server-sent events. */
export interface ServerEvent {
  readonly name: string
  readonly data: unknown
}

/**
 * Reads server-sent events as they come. `EventSource` would do the same, but cannot say who it is.
 * @throws when a message is no JSON
 */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const messages = (rest + decoder.decode(value, { stream: true })).split('\n\n')
      rest = messages.pop() ?? ''
      for (const message of messages) {
        const event = eventIn(message)
        if (event) yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function eventIn(message: string): ServerEvent | undefined {
  const fields = message.split('\n').map((line) => line.split(/: ?(.*)/s))
  const all = (name: string) => fields.filter(([field]) => field === name).map(([, value = '']) => value)
  const data = all('data')
  if (data.length === 0) return undefined
  return { name: all('event')[0] ?? 'message', data: JSON.parse(data.join('\n')) }
}
