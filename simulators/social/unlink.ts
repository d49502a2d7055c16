import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'

/** A call of a provider to the shop. */
interface UnlinkCall {
  url: string
  init: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string }
}

interface Unlinked {
  person: string
  /** Where the shop hears of it. */
  to: string
}

/** How Kakao tells that somebody has cut the connection: it proves itself by the admin key. */
export function kakaoUnlink({ person, to, adminKey }: Unlinked & { adminKey: string }): UnlinkCall {
  const query = new URLSearchParams({ app_id: '1', user_id: person, referrer_type: 'UNLINK_FROM_APPS' })
  return { url: `${to}?${query}`, init: { method: 'GET', headers: { authorization: `KakaoAK ${adminKey}` } } }
}

/** How Naver tells it: a signed form, in which the person is encrypted. */
export function naverUnlink({
  person,
  to,
  at,
  clientId,
  clientSecret,
}: Unlinked & { at: Temporal.Instant; clientId: string; clientSecret: string }): UnlinkCall {
  const key = createHash('md5').update(clientSecret).digest()
  const vector = randomBytes(16)
  const cipher = createCipheriv('aes-128-cbc', key, vector)
  const encryptUniqueId = Buffer.concat([vector, cipher.update(person), cipher.final()]).toString('base64url')
  const timestamp = String(Math.floor(at.epochMilliseconds / 1_000))
  const text = `clientId=${clientId}&encryptUniqueId=${encryptUniqueId}&timestamp=${timestamp}`
  const signature = createHmac('sha256', key).update(text).digest('base64url')
  const body = new URLSearchParams({ clientId, encryptUniqueId, timestamp, signature }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { url: to, init: { method: 'POST', headers, body } }
}
