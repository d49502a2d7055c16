/** Texts of several lines that people write for others to read, such as reviews and questions, and their names beside them. */

/**
 * Text as it is kept: composed Hangul, one kind of line break, no more than one empty line in a row, and none of the
 * characters that cannot be seen but for those that join letters and emoji.
 */
export function cleanBody(typed: string): string {
  return typed
    .normalize('NFC')
    .replace(/\r\n?|[\u2028\u2029\u0085]/gu, '\n')
    .replace(/\t/gu, ' ')
    .replace(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/gu, '\n\n')
    .trim()
}

const graphemes = new Intl.Segmenter('ko', { granularity: 'grapheme' })

/** Characters as people count them; white space counts once in a row, so that blanks do not fill a text. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of graphemes.segment(text.replace(/\s+/gu, ' '))) length += 1
  return length
}

/** A name as others see it: the first character, the rest covered. */
export function coveredName(name: string): string {
  const [first] = graphemes.segment(name.trim())
  return first ? `${first.segment}**` : ''
}
