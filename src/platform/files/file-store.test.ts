import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { FileStore } from './file-store.ts'
import { createFolderStore } from './folder-store.ts'
import { createS3Store } from './s3-store.ts'

const folder = await mkdtemp(join(tmpdir(), 'files-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

/**
 * The same of both. The bucket is one of a server that was started for it: `FILES_TEST_S3` has its address, with key id
 * and secret as user and password (`http://KEY:SECRET@127.0.0.1:4568/pictures`).
 */
const bucket = URL.parse(process.env.FILES_TEST_S3 ?? '')
function bucketStore({ username: keyId, password: secret, origin, pathname }: URL): FileStore {
  return createS3Store({ url: `${origin}${pathname}`, region: 'us-east-1', keyId, secret })
}

describe.each([
  ['a folder', () => createFolderStore(folder)],
  ...(bucket ? [['a bucket', () => bucketStore(bucket)] as const] : []),
] as const)('%s', (_name, open) => {
  it('keeps bytes under a name, gives them back, and removes them', async () => {
    const files = open()
    const name = `${crypto.randomUUID().replaceAll('-', '')}-320.webp`
    const bytes = crypto.getRandomValues(Buffer.alloc(50_000))
    expect(await files.get(name)).toBeUndefined()
    await files.remove(name)
    await files.put(name, bytes)
    expect(bytes.equals((await files.get(name)) ?? Buffer.alloc(0))).toBe(true)
    await Promise.all([files.put(name, bytes), files.put(name, bytes), files.put(name, bytes)])
    expect((await files.get(name))?.length).toBe(50_000)
    await files.remove(name)
    expect(await files.get(name)).toBeUndefined()
    await files.tidy(Temporal.Now.instant())
  })

  it('takes no path for a name', async () => {
    const files = open()
    for (const name of [
      '../../etc/passwd',
      'ab/../../x.webp',
      '.env',
      'AB.webp',
      'ab.webp\0',
      `${'a'.repeat(99)}.webp`,
    ])
      await expect(files.get(name)).rejects.toThrow(RangeError)
  })
})

it.skipIf(bucket === null)('a bucket does not open to another key', async () => {
  if (!bucket) return
  const wrong = new URL(bucket)
  wrong.password = 'another'
  await expect(bucketStore(wrong).put('ab.webp', Buffer.from('x'))).rejects.toThrow(/answered 403/)
})

it('a put that was cut off leaves nothing under the name, and its rest goes after a while', async () => {
  const files = createFolderStore(folder)
  await files.put('cd.webp', Buffer.from('whole'))
  const [old, young] = ['ab.webp.1', 'ab.webp.2'].map((name) => join(folder, 'parts', name))
  for (const part of [old, young]) await writeFile(part ?? '', 'half')
  await utimes(old ?? '', 1_000, 1_000)
  expect(await files.get('ab.webp')).toBeUndefined()
  await files.tidy(Temporal.Now.instant().subtract({ hours: 1 }))
  expect(await readdir(join(folder, 'parts'))).toEqual(['ab.webp.2'])
})
