import { AwsClient } from 'aws4fetch'
import { type FileStore, requireName } from './file-store.ts'

export interface Bucket {
  /** Address of the bucket: `https://storage.example/pictures`. */
  readonly url: string
  readonly region: string
  readonly keyId: string
  readonly secret: string
}

const TIMEOUT_MS = 15_000
/** More tries than the first after an answer of 429 or 5xx, with growing waits. */
const RETRIES = 2

/** Keeps files in a bucket of S3 or of a storage that speaks its language. One PUT is whole or nothing there. */
export function createS3Store({ url, region, keyId, secret }: Bucket): FileStore {
  const client = new AwsClient({
    accessKeyId: keyId,
    secretAccessKey: secret,
    region,
    service: 's3',
    retries: RETRIES,
  })
  const ask = async (
    method: 'PUT' | 'GET' | 'DELETE',
    name: string,
    bytes?: Uint8Array,
  ): Promise<Response> => {
    const answer = await client.fetch(`${url}/${requireName(name)}`, {
      method,
      ...(bytes === undefined ? {} : { body: new Uint8Array(bytes) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (answer.ok || (answer.status === 404 && method !== 'PUT')) return answer
    await answer.body?.cancel()
    throw new Error(`the storage of files answered ${answer.status} to ${method} ${name}`)
  }
  const forget = async (answer: Response) => {
    await answer.body?.cancel()
  }
  return {
    put: async (name, bytes) => forget(await ask('PUT', name, bytes)),
    get: async (name) => {
      const answer = await ask('GET', name)
      if (answer.ok) return Buffer.from(await answer.arrayBuffer())
      await forget(answer)
      return undefined
    },
    remove: async (name) => forget(await ask('DELETE', name)),
    tidy: async () => {},
  }
}
