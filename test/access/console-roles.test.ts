import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type System, startSystem } from '../support/system.ts'

/**
 * For each room of the console and each role: what is offered there is what the API permits. Made of the sources of the
 * rooms (which operations their pages name) and of the document of the API (for whom these are), so that a new page,
 * button or operation is in the table by itself.
 */
const CONSOLE = join(import.meta.dirname, '../../web/console')
const STAFF = ['merchant', 'librarian', 'admin'] as const
type Role = (typeof STAFF)[number]

/** Around every room; what it calls is no room's. */
const AROUND = ['api/', 'frame/', 'table/', 'words/', 'search/']
/** Named in a page of a room, and offered by it (`useMay`) only to those who may. */
const OFFERED_TO_SOME: Readonly<Record<string, readonly Role[]>> = {}

const Rooms = Type.Object({
  rooms: Type.Array(
    Type.Object({
      path: Type.String(),
      roles: Type.Array(Type.Enum(STAFF)),
    }),
  ),
})

vi.stubGlobal('document', { documentElement: { lang: 'ko' } })
// By its place: the console is compiled for browsers, by itself.
const loaded: unknown = await import(join(CONSOLE, 'rooms.ts'))
vi.unstubAllGlobals()
const { rooms } = Value.Parse(Rooms, loaded)

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

const sourceOf = (file: string) => readFileSync(join(CONSOLE, file), 'utf8')

/** The pages of all rooms: address and file. */
const PAGES = globSync('*/routes.ts', { cwd: CONSOLE }).flatMap((file) =>
  [...sourceOf(file).matchAll(/createRoute\(\{[\s\S]*?path: '([^']+)',[\s\S]*?import\('([^']+)'\)/g)].map(
    ([, path = '', page = '']) => ({
      path,
      file: normalize(join(dirname(file), page)),
    }),
  ),
)

/** Operations that a page names, with everything it is made of. */
function operationsOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file) || AROUND.some((begin) => file.startsWith(begin)) || !existsSync(join(CONSOLE, file)))
    return []
  seen.add(file)
  const source = sourceOf(file)
  const own = [...source.matchAll(/'((?:GET|POST|PUT|PATCH|DELETE) \/api\/[^']+)'/g)].map(
    ([, name = '']) => name,
  )
  const imported = [...source.matchAll(/from '(\.[^']+)'/g)].map(([, place = '']) =>
    normalize(join(dirname(file), place)),
  )
  return [...own, ...imported.flatMap((next) => operationsOf(next, seen))]
}

/** Whether the API lets a role call it. Own things of everybody are seen by those who work here as the document says. */
function permits(name: string, role: Role): boolean {
  const [method, path = ''] = name.split(' ')
  const documented = path.replace(/:(\w+)/g, '{$1}')
  const found = system.contract.operations.find((one) => one.method === method && one.path === documented)
  if (!found) throw new Error(`the API has no ${name}`)
  return typeof found.audience === 'string' || found.audience.includes(role)
}

const inside = (room: string, path: string) => path === room || path.startsWith(`${room}/`)
const pagesOf = (room: string) => PAGES.filter(({ path }) => inside(room, path))

test('every page belongs to a room, and every room has one', () => {
  const written = globSync('*/routes.ts', { cwd: CONSOLE }).flatMap(
    (file) => sourceOf(file).match(/createRoute\(/g) ?? [],
  )
  expect(PAGES).toHaveLength(written.length)
  const homeless = PAGES.filter(
    ({ path }) => path !== '/search' && !rooms.some((room) => inside(room.path, path)),
  )
  expect(homeless).toEqual([])
  expect(rooms.filter(({ path }) => pagesOf(path).length === 0)).toEqual([])
})

describe.each(rooms.map(({ path, roles }) => ({ path, roles })))('$path', ({ path, roles }) => {
  test.each(STAFF)('offers a %s what the API permits, and no more', (role) => {
    const named = [...new Set(pagesOf(path).flatMap(({ file }) => operationsOf(file)))]
    expect(named.length).toBeGreaterThan(0)
    const refused = named.filter((name) => !permits(name, role))
    if (roles.includes(role)) {
      // Whoever finds the room can do everything in it.
      expect(refused.filter((name) => OFFERED_TO_SOME[name]?.includes(role) !== false)).toEqual([])
    } else {
      // Whoever does not find it would not get what it is about.
      expect(refused.length).toBeGreaterThan(0)
    }
  })
})
