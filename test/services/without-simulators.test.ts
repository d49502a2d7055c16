import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/platform/database/embedded.ts'
import { address, type Started, start, temporaryFolder } from '../support/server-process.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

let folder: { path: string; remove(): Promise<void> }
let server: Started
beforeAll(async () => {
  folder = await temporaryFolder()
  const root = join(folder.path, 'installed')
  for (const name of ['src', 'web', 'simulators', 'package.json', 'tsconfig.json'])
    await cp(join(ROOT, name), join(root, name), {
      recursive: true,
      filter: (source) => !source.endsWith('.test.ts'),
    })
  // As `npm ci --omit=dev` leaves it, as far as it matters here.
  await mkdir(join(root, 'node_modules'))
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (name !== 'oidc-provider')
      await symlink(join(ROOT, 'node_modules', name), join(root, 'node_modules', name))
  server = start(
    ['serve'],
    {
      DATA_DIR: join(folder.path, 'data'),
      PORT: String(await freePort()),
      BANK_PORT: String(await freePort()),
      SOCIAL_PORT: String(await freePort()),
      REGISTER_PORT: '0',
    },
    root,
  )
}, 60_000)
afterAll(async () => {
  server?.signal('SIGTERM')
  await server?.exit
  await folder?.remove()
})

test('without what plays the login providers no login at them is offered, and one line says so', async () => {
  const url = await address(server)
  const said = server.output().split('\n')
  expect(said.filter((line) => line.trim().startsWith('other logins'))).toHaveLength(1)
  for (const page of ['/login', '/en/login', '/sign-up']) {
    const answer = await fetch(`${url}${page}`)
    expect(answer.status).toBe(200)
    expect(await answer.text()).not.toMatch(/\/login\/(google|kakao|naver)/)
  }
  // Nothing tries to start what cannot run.
  expect(server.output()).not.toContain('simulated logins ended')
}, 90_000)
