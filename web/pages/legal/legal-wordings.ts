import { createHash } from 'node:crypto'
import { LEGAL_KINDS, type Wording } from '../../../src/identity/index.ts'
import type { Merchant } from '../../merchant.ts'
import { LEGAL_WORDING, legal, type Passage } from '../../words/legal.ts'

/** Headings stand in lines of their own, so that the text that is kept is the text that is read. */
const asOne = (passages: readonly Passage[]) =>
  passages.map(({ heading, text }) => `## ${heading}\n${text}`).join('\n\n')

/** The parts of a text that was kept. */
export function passagesIn(text: string): Passage[] {
  return text.split(/^## /m).flatMap((part) => {
    const end = part.indexOf('\n')
    return end === -1 ? [] : [{ heading: part.slice(0, end), text: part.slice(end + 1).trim() }]
  })
}

/**
 * The texts of this software for a merchant. They name the merchant, so what they say is part of their version: no version
 * has two texts.
 */
export function legalWordings(merchant: Merchant): Wording[] {
  const texts = legal(merchant)
  return LEGAL_KINDS.map((kind) => {
    const text = { ko: asOne(texts[kind].ko), en: asOne(texts[kind].en) }
    const mark = createHash('sha256').update(JSON.stringify(text)).digest('hex').slice(0, 8)
    return { kind, version: `${LEGAL_WORDING}.${mark}`, text }
  })
}
