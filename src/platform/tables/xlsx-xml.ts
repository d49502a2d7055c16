import { SaxesParser } from 'saxes'

type Attributes = Readonly<Record<string, string>>

export interface Heard {
  /** An element begins; names and attributes are without prefixes of namespaces. */
  open(name: string, attributes: Attributes): void
  text?(piece: string): void
  close?(name: string): void
  /** Asked after each piece: whether the rest may be left unread. */
  isEnough?(): boolean
}

/**
 * Reads XML piece by piece. There are no document types and no entities beyond the five of XML, so nothing grows and
 * nothing is fetched. @throws Error for what is no XML
 */
export async function readXml(pieces: AsyncIterable<string>, heard: Heard): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, position: false })
  const wrong = () => {
    throw new Error('not the XML of a workbook')
  }
  parser.on('error', wrong)
  parser.on('doctype', wrong)
  parser.on('opentag', ({ name, attributes }) =>
    heard.open(
      localOf(name),
      Object.fromEntries(Object.entries(attributes).map(([attribute, value]) => [localOf(attribute), value])),
    ),
  )
  parser.on('closetag', ({ name }) => heard.close?.(localOf(name)))
  const take = (piece: string) => heard.text?.(piece)
  parser.on('text', take)
  parser.on('cdata', take)
  for await (const piece of pieces) {
    parser.write(piece)
    if (heard.isEnough?.()) return
  }
  parser.close()
}

function localOf(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
