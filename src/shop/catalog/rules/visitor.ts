/** Who counts as a visitor of an item, and as the same one again. */

/** What a request says of who sent it. */
export interface Caller {
  readonly method: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Programs that say in their name that they are: crawlers, and those that make a preview of a link somebody sends. Most
 * give an address where they are explained. (Cubot makes phones.)
 */
const PROGRAM =
  /(?<!cu)bot(?![a-z])|crawl|spider|slurp|yeti\/|daum\/|daumoa|scrap|externalhit|whatsapp\/|mediapartners|inspectiontool|lighthouse|\+https?:/i

/** Whether a person looks: no program that says so, no head without its page, no page fetched in case it is wanted. */
export function isPerson({ method, headers }: Caller): boolean {
  const said = (name: string) => String(headers[name] ?? '')
  const isAhead = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some((name) =>
    /prefetch|prerender|preview/i.test(said(name)),
  )
  return method === 'GET' && !isAhead && !PROGRAM.test(said('user-agent'))
}

const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ['android', /Android/],
  ['ios', /iPhone|iPad|iPod/],
  ['windows', /Windows/],
  ['mac', /Macintosh/],
  ['linux', /Linux/],
]
/** Those that also say the name of another one come before it. */
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ['kakaotalk', /KAKAOTALK/],
  ['naver', /NAVER\(/],
  ['whale', /Whale\//],
  ['samsung', /SamsungBrowser\//],
  ['edge', /Edg(?:A|iOS)?\//],
  ['opera', /OPR\//],
  ['firefox', /Firefox\/|FxiOS\//],
  ['chrome', /Chrome\/|CriOS\//],
  ['safari', /Safari\//],
]

/**
 * The kind of device and browser, by its User-Agent. It tells apart those behind one address, stays the same through
 * updates, and has so few values that nobody becomes a crowd by making some up.
 */
export function deviceKind(userAgent: string): string {
  const first = (kinds: typeof SYSTEMS) => kinds.find(([, says]) => says.test(userAgent))?.[0] ?? 'other'
  return `${first(SYSTEMS)} ${first(BROWSERS)}`
}
