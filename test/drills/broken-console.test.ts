/** The console cannot be built: whoever opens it reads why, the shop goes on, and once it can be built it is there. */
import { appendFile, cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { emptyDatabase, execute } from '../support/database.ts'
import { newcomer } from '../support/people.ts'
import { address, type Started, start, temporaryFolder } from '../support/server-process.ts'

const ROOT = join(import.meta.dirname, '../..')
/** What a server is made of. */
const SOURCES = ['src', 'web', 'simulators', 'package.json', 'package-lock.json', 'tsconfig.json']

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let database: Awaited<ReturnType<typeof emptyDatabase>>
let server: Started
beforeAll(async () => {
  folder = await temporaryFolder()
  for (const name of SOURCES) await cp(join(ROOT, name), join(folder.path, name), { recursive: true })
  // A folder of its own for what is built; the packages are those of all.
  await mkdir(join(folder.path, 'node_modules'))
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (name !== '.cache')
      await symlink(join(ROOT, 'node_modules', name), join(folder.path, 'node_modules', name))
  database = await emptyDatabase()
}, 120_000)
afterAll(async () => {
  server?.signal('SIGKILL')
  await server?.exit
  await database?.drop()
  await folder?.remove()
})

const entry = () => join(folder.path, 'web/console/main.tsx')
const built = () => join(folder.path, 'node_modules/.cache/pillivery-console')

/** Starts as at home, in development, with this much of a shop. */
async function serve(): Promise<string> {
  server = start(
    ['serve'],
    {
      PORT: '0',
      DEMO: 'off',
      SOCIAL_PORT: '0',
      LOG_FILE: join(folder.path, 'serve.log'),
      DATA_DIR: join(folder.path, 'data'),
      DATABASE_URL: database.url,
      KAKAOPAY_BASE_URL: 'http://127.0.0.1:9',
      KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
    },
    folder.path,
  )
  return address(server, 120_000)
}

/** An admin in a browser. @returns what opens the console */
async function admin(
  url: string,
): Promise<(language: 'ko' | 'en') => Promise<[status: number, text: string]>> {
  const person = newcomer()
  const signedUp = await fetch(`${url}/api/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(person),
  })
  expect(signedUp.status).toBe(201)
  await execute(
    database.url,
    `update identity.account set roles = '{customer,admin}' where email = '${person.email}'`,
  )
  const login = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url },
    body: new URLSearchParams({ email: person.email, password: person.password }),
  })
  const cookie = login.headers.getSetCookie().find((one) => one.startsWith('session='))
  expect(cookie).toBeDefined()
  return async (language) => {
    const headers = { accept: 'text/html', 'accept-language': language, cookie: cookie?.split(';')[0] ?? '' }
    const answer = await fetch(`${url}/console`, { headers })
    return [answer.status, await answer.text()]
  }
}

const logged = async (text: string) =>
  (await readFile(join(folder.path, 'serve.log'), 'utf8')).split('\n').filter((line) => line.includes(text))
    .length

test('says why to whoever opens it, keeps saying so, and is there once the sources are mended; the next start builds nothing', async () => {
  const good = await readFile(entry(), 'utf8')
  await appendFile(entry(), '\nconst = 1\n')
  let url = await serve()
  expect((await fetch(`${url}/`)).status).toBe(200)
  let open = await admin(url)
  const [status, korean] = await until(
    async () => {
      const answer = await open('ko')
      return answer[1].includes('운영 콘솔을 만들지 못했습니다') && answer
    },
    { what: 'the console to say that it could not be built', deadlineMs: 60_000 },
  )
  expect(status).toBe(503)
  expect(korean).toContain('main.tsx')
  expect(korean).not.toContain('http-equiv="refresh"')
  // Looking again is no reason to try the same again.
  const [, english] = await open('en')
  expect(english).toContain('The operator console could not be built')
  expect(english).toContain('main.tsx')
  expect(await logged('the console could not be built')).toBe(1)
  expect((await fetch(`${url}/items`)).status).toBe(200)

  await writeFile(entry(), good)
  const isThere = () =>
    until(async () => (await open('ko'))[0] === 200, { what: 'the console to be built', deadlineMs: 60_000 })
  await isThere()
  const [hash = '', ...others] = await readdir(built())
  expect(others).toEqual([])
  const { mtimeMs } = await stat(join(built(), hash))
  expect(await logged('the console is built')).toBe(1)

  server.signal('SIGTERM')
  expect(await server.exit).toBe(0)
  url = await serve()
  open = await admin(url)
  await isThere()
  expect(await readdir(built())).toEqual([hash])
  expect((await stat(join(built(), hash))).mtimeMs).toBe(mtimeMs)
  expect(await logged('the console is built')).toBe(1)
}, 240_000)
