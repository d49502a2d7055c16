import fastify from 'fastify'
import Type from 'typebox'
import { expect, it } from 'vitest'
import { type App, Strict } from '../app.ts'
import type { Finding } from './validation.ts'
import { fieldErrors } from './validation.ts'
import { useStrictValidation } from './validator.ts'

const Body = Strict({
  lines: Type.Optional(Type.Array(Strict({ id: Type.String({ format: 'uuid' }) }), { maxItems: 100_000 })),
  day: Type.Optional(Type.String({ format: 'date' })),
  at: Type.Optional(Type.String({ format: 'date-time' })),
  note: Type.Optional(Type.String()),
})

/** What the validator finds in a body. */
async function findingsIn(payload: object): Promise<readonly Finding[]> {
  let found: readonly Finding[] = []
  const app = fastify({ bodyLimit: 10_000_000 }) as unknown as App
  useStrictValidation(app)
  app.setErrorHandler((error: { validation?: Finding[] }, _request, reply) => {
    found = error.validation ?? []
    return reply.code(400).send()
  })
  app.post('/', { schema: { body: Body } }, async () => 'fine')
  await app.inject({ method: 'POST', url: '/', payload })
  await app.close()
  return found
}

it('tells everything that is wrong with a small body', async () => {
  const found = await findingsIn({ lines: [{ id: 'x' }, { name: 1 }], day: 'today' })
  expect(found.map(({ instancePath }) => instancePath).toSorted()).toEqual(
    ['/day', '/lines/0/id', '/lines/1', '/lines/1'].toSorted(),
  )
})

it.each(['2026-12-25T00:00:00.1234567890123Z', '2026-12-25T24:00:01Z', '+012026-01-01T00:00:00Z'])(
  'lets no moment through that cannot be read, such as %s',
  async (moment) => {
    expect(await findingsIn({ at: '2026-12-25T00:00:00.123456789+09:00' })).toEqual([])
    expect(await findingsIn({ at: moment })).toMatchObject([{ keyword: 'format', instancePath: '/at' }])
  },
)

it.each([100, 10_000, 100_000])('finds as little in %i faulty lines as in few', async (size) => {
  const lines = Array.from({ length: size }, () => ({ id: 'x' }))
  expect((await findingsIn({ lines })).length).toBeLessThanOrEqual(100)
})

it('stops at the first of many unknown members', async () => {
  const unknown = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`m${n}`, 1]))
  expect(await findingsIn(unknown)).toHaveLength(1)
})

it.each([
  ['NUL', 'a\0b'],
  ['half a pair', 'a\ud800b'],
])('%s in a text or a name is found before anything else', async (_what, text) => {
  expect(await findingsIn({ note: text, day: 'x' })).toMatchObject([
    { keyword: 'text', instancePath: '/note' },
  ])
  expect(await findingsIn({ [text]: 1 })).toMatchObject([{ keyword: 'text' }])
})

it('goes no deeper than any request of ours', async () => {
  let deep: unknown = 1
  for (let level = 0; level < 3_000; level++) deep = [deep]
  expect(await findingsIn({ note: deep })).toMatchObject([{ keyword: 'depth' }])
})

it.each(['1899-12-31', '2200-01-01', '2026-02-29', '2026-1-1', '2026-01-01T00:00:00Z', '+002026-01-01'])(
  'the day %s is none',
  async (day) => {
    expect(await findingsIn({ day })).toMatchObject([{ keyword: 'format' }])
  },
)

it.each(['2024-02-29', '1900-01-01', '2199-12-31'])('the day %s is one', async (day) => {
  expect(await findingsIn({ day })).toEqual([])
})

it('at most 20 errors are told, and long names are cut', () => {
  const finding = {
    keyword: 'additionalProperties',
    instancePath: '',
    params: { additionalProperty: 'n'.repeat(9_000) },
  }
  const errors = fieldErrors(
    'body',
    Array.from({ length: 50 }, () => finding),
  )
  expect(errors).toHaveLength(20)
  expect(errors[0]?.field.length).toBeLessThanOrEqual(101)
})
