/** What cataloguing rules put around the words of a record (ISBD punctuation, roles, brackets), taken away again. */

/** One space between words, no control characters, composed letters. */
export function tidy(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zs}\u2028\u2029\ufeff\ufffe\uffff]+/gu, ' ')
    .trim()
}

/**
 * A part of a description without the sign that announces the next part. At the end of a field such a sign counts only
 * with a space before it, as there it may belong to the words.
 */
export function withoutSign(text: string, isLast: boolean): string {
  return tidy(text)
    .replace(isLast ? / [/:;=,]$/ : /\s*[/:;=,]$/, '')
    .trim()
}

/** A heading, of a person or a subject: no comma before dates or roles, no full stop after a whole word. */
export function headingName(text: string): string {
  return tidy(text)
    .replace(/\s*[,;/:]$/, '')
    .replace(/(\p{L}{4,}|\p{Script=Hangul}{2,})\.$/u, '$1')
}

const ROLE =
  /\s*\[?(?:공?지음|지은이|공저|저자?|著|글쓴이|글|쓰고 그림|그린이|그림|옮긴이|옮김|공?역|譯|엮은이|엮음|편저|편집|편|編|감수|원작|사진)\]?$/u
const LABEL = /^(?:지은이|글쓴이|그린이|옮긴이|엮은이|글|그림|저자|역자)\s*:\s*/u

/** Names out of a statement of responsibility: `조정래 지음 ; 김철수 그림` is 조정래 and 김철수. */
export function namesIn(statement: string): string[] {
  return tidy(statement)
    .split(/\s*;\s*/)
    .map((part) => {
      const name = part.replace(LABEL, '').replace(/\s*\/$/, '')
      // 글, 그림 and the like stand apart from the name: who is called 이글 keeps it.
      return / /.test(name) ? withoutRole(name) : name
    })
    .filter((name) => name !== '')
}

function withoutRole(name: string): string {
  const shorter = name.replace(/[\s,]+$/, '')
  const role = ROLE.exec(shorter)
  return role && /^[\s[]/.test(role[0]) ? shorter.slice(0, role.index).trim() : shorter
}

/** `샘물,` and `[서울] :` without what cataloguers add; empty for an unknown publisher. */
export function publisherName(text: string): string {
  const name = withoutSign(text, false)
    .replace(/^\[(.*)\]$/u, '$1')
    .trim()
  return /^(?:발행처|출판사|발행자) ?(?:불명|미상)$|^s\. ?n\.?$|^n\. ?p\.?$|^publisher not identified$/iu.test(
    name,
  )
    ? ''
    : name
}

/** Years of 단기 are 2,333 ahead. */
const DANGI = 2333

/** `[2019]`, `2019.`, `c2019`, `2019-2021`, `단기 4288 [1955]`: the first year; null when there is none. */
export function yearIn(text: string): number | null {
  const plain = /(?<!\d)([12]\d{3})(?!\d)/.exec(text)?.[1]
  if (plain !== undefined) return Number(plain)
  const dangi = /(?:단기|檀紀)?\s*(?<!\d)(4[1-3]\d{2})(?!\d)/u.exec(text)?.[1]
  return dangi === undefined ? null : Number(dangi) - DANGI
}

/** The year in the coded field 008; null for unknown digits (`19uu`). */
export function codedYear(coded: string): number | null {
  const digits = coded.slice(7, 11)
  return /^[12]\d{3}$/.test(digits) ? Number(digits) : null
}

/** `813.6`, `813.62-05`, `813.6/박14`: the class; undefined when there is none. */
export function kdcIn(text: string): string | undefined {
  return /^\s*(\d{3}(?:\.\d{1,6})?)(?!\d)/.exec(text)?.[1]
}

/**
 * Main classes of the Dewey Decimal Classification in the Korean one, which has the same ten in another order:
 * language, science, technology and the arts have changed places.
 */
const MAIN_CLASSES: Readonly<Record<string, string>> = {
  '0': '000',
  '1': '100',
  '2': '200',
  '3': '300',
  '4': '700',
  '5': '400',
  '6': '500',
  '7': '600',
  '8': '800',
  '9': '900',
}

/** The main class of KDC for a number of DDC (`895.734` is `800`); undefined when it is none. */
export function mainClassOfDdc(text: string): string | undefined {
  const ddc = /^\s*(\d)\d{2}(?!\d)/.exec(text)?.[1]
  return ddc === undefined ? undefined : MAIN_CLASSES[ddc]
}
