import iconv from 'iconv-lite'

/**
 * Texts of Korean Windows: CP949, which is EUC-KR and the 8,822 syllables it lacks (똠, 펲, 햏 …). The decoder that
 * comes with Node knows `euc-kr` without them.
 */

/** The bytes as text; undefined when they are no CP949. */
export function decodeCp949(bytes: Uint8Array): string | undefined {
  const text = iconv.decode(Buffer.from(bytes), 'cp949')
  return text.includes('\ufffd') ? undefined : text
}

export interface TextPieces {
  /** @returns the text of the complete letters so far; what cannot be read stands there as U+FFFD */
  read(piece: Uint8Array): string
  end(): string
}

/** Decodes a file piece by piece. */
export function cp949Pieces(): TextPieces {
  const decoder = iconv.getDecoder('cp949')
  return { read: (piece) => decoder.write(Buffer.from(piece)), end: () => decoder.end() ?? '' }
}

/** The same for UTF-8. */
export function utf8Pieces(): TextPieces {
  const decoder = new TextDecoder('utf-8')
  return { read: (piece) => decoder.decode(piece, { stream: true }), end: () => decoder.decode() }
}

/**
 * Whether bytes that are not UTF-8 look like Korean in CP949: every pair is one, and most are of KS X 1001, where all
 * frequent syllables are. Latin letters with accents in other encodings (MARC-8, Windows-1252) stand before ASCII
 * letters, which makes them pairs of the rare part, or none.
 */
export function looksLikeCp949(bytes: Uint8Array): boolean {
  let frequent = 0
  let rare = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const lead = bytes[at] ?? 0
    if (lead < 0x80) continue
    at += 1
    const trail = bytes[at] ?? 0
    if (lead === 0x80 || lead === 0xff || trail === 0xff) return false
    if (trail >= 0xa1 && lead >= 0xa1) frequent += 1
    else if (lead <= 0xc6 && isRareTrail(trail)) rare += 1
    else return false
  }
  return frequent > rare
}

function isRareTrail(trail: number): boolean {
  return (
    (trail >= 0x41 && trail <= 0x5a) || (trail >= 0x61 && trail <= 0x7a) || (trail >= 0x81 && trail <= 0xfe)
  )
}
