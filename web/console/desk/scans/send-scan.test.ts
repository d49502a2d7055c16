import { afterEach, expect, test, vi } from 'vitest'
import type { Scan } from './queue.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

/** Sends a return to a server that refuses it. */
async function refusedWith(code: string) {
  vi.resetModules()
  vi.stubGlobal('window', { addEventListener: () => {} })
  vi.stubGlobal('document', { documentElement: { lang: 'ko' } })
  vi.stubGlobal('localStorage', { getItem: () => null })
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      addEventListener() {}
      postMessage() {}
    },
  )
  vi.stubGlobal('fetch', async (address: string) =>
    address === '/console/session'
      ? Response.json({ accessToken: 't', expiresIn: 600, user: { id: 'u', name: '', roles: [] } })
      : Response.json({ code }, { status: 409 }),
  )
  const { sendScan } = await import('./send-scan.ts')
  const wish: Scan['wish'] = { kind: 'return', barcode: 'A001' }
  return sendScan({ id: '1', key: 'k', at: '', wish, tries: 1, state: { kind: 'waiting' } })
}

test('a return of a loan that is not settled yet is sent again', async () => {
  expect(await refusedWith('loan_pending')).toEqual({ kind: 'later', why: 'catalogue' })
  expect(await refusedWith('loan_lost')).toMatchObject({ kind: 'refused', refusal: { code: 'loan_lost' } })
})
