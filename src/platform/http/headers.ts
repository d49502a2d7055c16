/** What browsers say in headers, read in one way. */

/** Whether a browser takes gzip; all that people use do. @param header Accept-Encoding */
export function takesGzip(header: string | string[] | undefined): boolean {
  // As nearly all of them say it: nothing to search for.
  if (typeof header === 'string' && (header === 'gzip' || header.startsWith('gzip,'))) return true
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(String(header ?? ''))
}

/** Values of the cookies of a name; a browser sends several when they were set for several paths. @param header Cookie */
export function cookiesOf(header: string | undefined, name: string): string[] {
  const prefix = `${name}=`
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length))
}

/** A cookie that scripts do not see. */
export interface HostCookie {
  name: string
  /** A Set-Cookie header. 0 seconds: the browser forgets it. */
  set(value: string, seconds: number): string
}

/** @param secure reached by https: the cookie is then bound to it, and to this very host */
export function hostCookie(name: string, secure: boolean): HostCookie {
  const full = secure ? `__Host-${name}` : name
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  return { name: full, set: (value, seconds) => `${full}=${value}; ${attributes}; Max-Age=${seconds}` }
}
