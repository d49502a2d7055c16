import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const reload = vi.fn()
const begun: string[] = []
let user = 'minji'
let refusals = 0
/** What other windows tell this one. */
let hear = () => {}
const told = vi.fn()

beforeEach(() => {
  begun.length = 0
  user = 'minji'
  refusals = 0
  vi.resetModules()
  vi.stubGlobal('window', { addEventListener: () => {} })
  vi.stubGlobal('localStorage', { getItem: () => null })
  vi.stubGlobal('document', { documentElement: { lang: 'ko' } })
  vi.stubGlobal('location', { reload })
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      addEventListener(_name: string, listener: () => void) {
        hear = listener
      }
      postMessage = told
    },
  )
  vi.stubGlobal('fetch', async (address: string) => {
    if (address === '/console/session')
      return Response.json({ accessToken: user, expiresIn: 600, user: { id: user, name: '', roles: [] } })
    begun.push(address)
    if (refusals > 0) {
      refusals -= 1
      return Response.json({}, { status: 401 })
    }
    return Response.json({})
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
  reload.mockReset()
  told.mockReset()
})

test('what was begun by one person is not done as another who logged in meanwhile', async () => {
  const { call } = await import('./call.ts')
  const write = () => call('POST /api/loans/:id/cancel', { params: { id: 'l' } })
  await write()
  // The token is refused, and the login of this browser is somebody else's by now.
  refusals = 1
  user = 'jun'
  await expect(write()).rejects.toThrow('somebody else')
  expect(reload).toHaveBeenCalledOnce()
  expect(begun).toHaveLength(2)
  // Until the page is loaded anew nothing is done as either.
  await expect(write()).rejects.toThrow('somebody else')
  expect(begun).toHaveLength(2)
})

test('a token that is too old is renewed, and the request is sent again', async () => {
  const { call } = await import('./call.ts')
  refusals = 1
  await call('POST /api/loans/:id/cancel', { params: { id: 'l' } })
  expect(begun).toHaveLength(2)
  expect(reload).not.toHaveBeenCalled()
})

test('a window that opens tells the others, which look at once whose they are', async () => {
  const { openSession } = await import('./session.ts')
  await openSession()
  expect(told).toHaveBeenCalledOnce()
  // The same person in another window: nothing happens, and nobody is told again.
  hear()
  await vi.waitFor(async () => expect((await openSession()).accessToken).toBe('minji'))
  expect(reload).not.toHaveBeenCalled()
  expect(told).toHaveBeenCalledOnce()
  user = 'jun'
  hear()
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce())
})
