/** What a scanner, or somebody by hand, put into the field. */
export type Scanned =
  | { readonly kind: 'card'; readonly card: string }
  | { readonly kind: 'copy'; readonly barcode: string }
  | { readonly kind: 'unreadable'; readonly text: string }
  | { readonly kind: 'nothing' }

const CARD = /^M[0-9]{8,12}$/
const COPY = /^[A-Z0-9-]{4,32}$/

/** Tells member cards from barcodes of copies. */
export function scannedIn(typed: string): Scanned {
  const text = latinOf(typed).replace(/\s/g, '').toUpperCase()
  if (text === '') return { kind: 'nothing' }
  if (CARD.test(text)) return { kind: 'card', card: text }
  if (COPY.test(text)) return { kind: 'copy', barcode: text }
  return { kind: 'unreadable', text: typed.trim() }
}

/**
 * What stands at the end of a field that was meant for something else, when somebody scanned into it: a card, or a
 * barcode as this library prints them.
 */
export function scanAtEnd(typed: string): { readonly scan: string; readonly rest: string } | undefined {
  const text = latinOf(typed).toUpperCase()
  const scan = /(M[0-9]{8,12}|PL[0-9]{8})\s*$/.exec(text)?.[1]
  if (scan === undefined) return undefined
  const letters = scan.search(/[0-9]/)
  const digits = scan.length - letters
  return { scan, rest: typed.trimEnd().slice(0, -digits).slice(0, -letters) }
}

/** The keys of the Korean keyboard (두벌식), by what they write. A capital is written with Shift. */
const KEYS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'ㅂq ㅈw ㄷe ㄱr ㅅt ㅛy ㅕu ㅑi ㅐo ㅔp ㅁa ㄴs ㅇd ㄹf ㅎg ㅗh ㅓj ㅏk ㅣl ㅋz ㅌx ㅊc ㅍv ㅠb ㅜn ㅡm',
    'ㅃQ ㅉW ㄸE ㄲR ㅆT ㅒO ㅖP',
    'ㅘhk ㅙho ㅚhl ㅝnj ㅞnp ㅟnl ㅢml ㄳrt ㄵsw ㄶsg ㄺfr ㄻfa ㄼfq ㄽft ㄾfx ㄿfv ㅀfg ㅄqt',
  ]
    .join(' ')
    .split(' ')
    .map((pair) => [pair.slice(0, 1), pair.slice(1)]),
)

const LEADS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ'
const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ'
const TAILS = ' ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ'
const FIRST_BLOCK = 0xac00
const LAST_BLOCK = 0xd7a3
/** Full-width signs stand so far behind the usual ones. */
const FULL_WIDTH = 0xfee0

/**
 * The keys behind a text, as a scanner pressed them: through a Korean input method `PL00000001` arrives as `ㅖㅣ00000001`,
 * and letters that fit together as one block.
 */
export function latinOf(text: string): string {
  return Array.from(text.normalize('NFC'), (sign) => {
    const code = sign.codePointAt(0) ?? 0
    if (code > FULL_WIDTH && code <= 0xff5e) return String.fromCodePoint(code - FULL_WIDTH)
    if (code < FIRST_BLOCK || code > LAST_BLOCK) return KEYS[sign] ?? sign
    const place = code - FIRST_BLOCK
    const parts = [
      LEADS.charAt(Math.floor(place / (VOWELS.length * TAILS.length))),
      VOWELS.charAt(Math.floor(place / TAILS.length) % VOWELS.length),
      TAILS.charAt(place % TAILS.length),
    ]
    return parts.map((part) => KEYS[part] ?? '').join('')
  }).join('')
}
