import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import Type from 'typebox'
import { expect, it, onTestFinished } from 'vitest'
import { until } from '../../resilience/poll-until.ts'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { type App, Strict } from '../app.ts'
import { buildServer } from '../server.ts'
import { bodyLimitOf, mostBytesOf } from './body-limit.ts'
import { isFormWithFiles, readFormsWithFiles } from './form-with-files.ts'
import { readBytes } from './large-bodies.ts'

const Line = Strict({ id: Type.String({ format: 'uuid' }), quantity: Type.Integer(), gift: Type.Boolean() })
const Order = Strict({
  lines: Type.Array(Line, { maxItems: 3 }),
  note: Type.Optional(Type.String({ maxLength: 5 })),
  kind: Type.Enum(['a', 'long-one']),
  coupon: Type.Union([Type.String({ maxLength: 2 }), Type.Null()]),
})

it('what may be null has the bound of what it may be else', () => {
  expect(mostBytesOf({ type: ['string', 'null'], maxLength: 5 })).toBe(62)
})

it('no valid value is larger than its bound', () => {
  const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
  const text = (most: number) => fc.array(character, { maxLength: most }).map((letters) => letters.join(''))
  const line = fc.record({ id: fc.uuid(), quantity: fc.maxSafeInteger(), gift: fc.boolean() })
  const order = fc.record({
    lines: fc.array(line, { maxLength: 3 }),
    note: text(5),
    kind: fc.constantFrom('a', 'long-one'),
    coupon: fc.oneof(text(2), fc.constant(null)),
  })
  fc.assert(
    fc.property(order, (value) => {
      const escaped = JSON.stringify(value).replace(
        /[\u0080-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      expect(Buffer.byteLength(escaped)).toBeLessThanOrEqual(mostBytesOf(Order))
    }),
  )
})

it.each([
  ['a text', Type.String()],
  ['a text of any pattern', Type.String({ pattern: '^a' })],
  ['a list', Type.Array(Type.Integer())],
  ['an object that takes more members', Type.Object({})],
  ['anything', Type.Unknown()],
  ['one of several', Type.Union([Type.Null(), Type.String()])],
])('%s without a bound has none, and is read up to 64 KiB', (_what, schema) => {
  expect(mostBytesOf(schema)).toBe(Infinity)
  expect(bodyLimitOf(Strict({ member: schema }))).toBe(64 * 1024)
})

it('a route that takes no body reads next to nothing', () => {
  expect(bodyLimitOf(undefined)).toBe(1024)
})

const LARGE = 8 * 1024 * 1024

/** A server that takes pictures and forms with files, of callers whom it lets in when it is told to. */
async function takingLargeBodies() {
  let letIn = Promise.resolve()
  let asked = 0
  const config = { audience: 'signed-in' } as const
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope: App) =>
        void scope.register(async (pictures: App) => {
          readBytes(pictures, /^image\/\w+$/)
          pictures.post('/picture', { config, bodyLimit: LARGE }, async () => 'seen')
        }),
      (scope: App) =>
        void scope.register(async (forms: App) => {
          readFormsWithFiles(forms, { files: 1, fileBytes: LARGE })
          forms.post('/form', { config, bodyLimit: LARGE }, async ({ body }) => isFormWithFiles(body))
        }),
    ],
    authenticate: async () => {
      asked += 1
      await letIn
      return { userId: 'u', roles: [], sessionId: 's' }
    },
    readiness: {},
    draining: () => false,
    limits: { requestsPerMinute: 1_000, changesPerMinute: 1_000 },
  })
  onTestFinished(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const authorization = 'Bearer x'
  /** As large as may be, and not sent to its end. */
  const begin = (path: string, type: string): Socket => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: ${type}\r\ncontent-length: ${LARGE}\r\n\r\nx`,
    )
    return socket
  }
  const sendForm = async () => {
    const body = new FormData()
    body.append('file', new Blob(['bytes']))
    return (await fetch(`${url}/form`, { method: 'POST', headers: { authorization }, body })).status
  }
  return {
    begin,
    sendForm,
    asked: () => asked,
    openConnections: () =>
      new Promise<number>((done) => app.server.getConnections((_, count) => done(count))),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      letIn = promise
      return resolve
    },
  }
}

it('who hangs up while it is found out who they are keeps no room for what they were going to send', async () => {
  const { begin, sendForm, asked, openConnections, hold } = await takingLargeBodies()
  const letIn = hold()
  const sending = Array.from({ length: 12 }, (_, n) =>
    n % 2 === 0 ? begin('/picture', 'image/jpeg') : begin('/form', 'multipart/form-data; boundary=b'),
  )
  await until(async () => asked() === 12, { what: 'all to be asked who they are', deadlineMs: 5_000 })
  for (const socket of sending) socket.destroy()
  await until(async () => (await openConnections()) === 0, { what: 'all to be gone', deadlineMs: 5_000 })
  letIn()
  expect(await sendForm()).toBe(200)
})

it('large bodies of all routes share the room of the process, and leave it when they break off', async () => {
  const { begin, sendForm } = await takingLargeBodies()
  const sending = Array.from({ length: 12 }, () => begin('/picture', 'image/jpeg'))
  await until(async () => (await sendForm()) === 503, { what: 'no room to be left', deadlineMs: 5_000 })
  for (const socket of sending) socket.destroy()
  await until(async () => (await sendForm()) === 200, { what: 'room', deadlineMs: 5_000 })
})
