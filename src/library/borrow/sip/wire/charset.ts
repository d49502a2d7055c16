import iconv from 'iconv-lite'

/** How a machine writes Korean. CP949 is what Windows calls EUC-KR with all syllables; many machines know nothing else. */
export const CHARSETS = ['utf-8', 'cp949'] as const
export type Charset = (typeof CHARSETS)[number]

/** Reads what a machine wrote; what is no character becomes U+FFFD. */
export function decodeText(bytes: Buffer, charset: Charset): string {
  return iconv.decode(bytes, charset)
}

/** Writes for a machine; what its set of characters lacks becomes `?`. */
export function encodeText(text: string, charset: Charset): Buffer {
  return iconv.encode(text, charset)
}
