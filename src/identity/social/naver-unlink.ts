/**
 * How Naver says that somebody has cut the connection (devguide of Naver logins, 4.4). Naver fixed the ciphers: the key
 * is the MD5 of the client secret, the person's name is AES-128-CBC with the vector in front, the signature HMAC-SHA-256
 * over the fields in their order, all in URL-safe Base64.
 */
import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'

export interface NaverUnlink {
  clientId: string
  encryptUniqueId: string
  /** Seconds since 1970. */
  timestamp: string
  signature: string
}

const VECTOR_BYTES = 16
/** How far Naver's clock may be ahead of ours. */
const AHEAD = { minutes: 5 } as const

/**
 * Who has cut the connection, and when. Undefined for what Naver has not written, or not to us.
 * @param client what Naver gave us; nobody else knows the secret
 */
export function readNaverUnlink(
  { clientId, encryptUniqueId, timestamp, signature }: NaverUnlink,
  client: { clientId: string; clientSecret: string },
  now: Temporal.Instant,
): { subject: string; at: Temporal.Instant } | undefined {
  const key = createHash('md5').update(client.clientSecret).digest()
  const text = `clientId=${clientId}&encryptUniqueId=${encryptUniqueId}&timestamp=${timestamp}`
  const wanted = createHmac('sha256', key).update(text).digest()
  const given = Buffer.from(signature, 'base64url')
  const isSigned = given.length === wanted.length && timingSafeEqual(given, wanted)
  if (!isSigned || clientId !== client.clientId || !/^\d{1,11}$/.test(timestamp)) return undefined
  const at = Temporal.Instant.fromEpochMilliseconds(Number(timestamp) * 1_000)
  if (Temporal.Instant.compare(at, now.add(AHEAD)) > 0) return undefined
  const subject = decrypted(encryptUniqueId, key)
  return subject ? { subject, at } : undefined
}

function decrypted(text: string, key: Buffer): string | undefined {
  const bytes = Buffer.from(text, 'base64url')
  try {
    const decipher = createDecipheriv('aes-128-cbc', key, bytes.subarray(0, VECTOR_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(VECTOR_BYTES)), decipher.final()]).toString()
  } catch {
    return undefined
  }
}
