import { readFile } from 'node:fs/promises'

/** What of the AsyncAPI document is read here. */
interface Document {
  channels: Record<
    string,
    {
      address: string
      parameters?: { prefix?: { default?: string } }
      messages: Record<string, unknown>
      bindings: { kafka: { partitions: number } }
    }
  >
}

export interface Topic {
  name: string
  partitions: number
}

/** Reads the AsyncAPI document. @param place its address, or a file */
export async function readDocument(place: string): Promise<Document> {
  if (!/^https?:/.test(place)) return JSON.parse(await readFile(place, 'utf8')) as Document
  const answer = await fetch(place)
  if (!answer.ok) throw new Error(`${place} answered ${answer.status}`)
  return (await answer.json()) as Document
}

/**
 * Where the messages are that are needed.
 * @param prefix of the installation's topics; by default that of the document
 * @throws when one of them is published no more
 */
export function topicsOf(document: Document, needed: readonly string[], prefix?: string): Topic[] {
  const channels = Object.values(document.channels)
  const found = needed.map((message) => {
    const channel = channels.find(({ messages }) => message in messages)
    if (!channel) throw new Error(`${message} is not published here`)
    return channel
  })
  return [...new Set(found)].map(({ address, parameters, bindings }) => ({
    name: address.replace('{prefix}', prefix ?? parameters?.prefix?.default ?? ''),
    partitions: bindings.kafka.partitions,
  }))
}
