import { describe, expect, it } from 'vitest'
import { naverUnlink } from '../../../simulators/social/unlink.ts'
import { type NaverUnlink, readNaverUnlink } from './naver-unlink.ts'

const CLIENT = { clientId: 'client-1', clientSecret: 'secret-1' }
const AT = Temporal.Instant.from('2026-11-30T03:04:05Z')

function told(change: Partial<Parameters<typeof naverUnlink>[0]> = {}): NaverUnlink {
  const { init } = naverUnlink({ person: 'bmF2ZXI', to: '', at: AT, ...CLIENT, ...change })
  const form = new URLSearchParams(init.body)
  const field = (name: string) => form.get(name) ?? ''
  return {
    clientId: field('clientId'),
    encryptUniqueId: field('encryptUniqueId'),
    timestamp: field('timestamp'),
    signature: field('signature'),
  }
}

describe('what Naver tells', () => {
  it('names the person and the moment', () => {
    expect(readNaverUnlink(told(), CLIENT, AT)).toEqual({ subject: 'bmF2ZXI', at: AT })
  })

  it('is told by nobody else, to nobody else, about nobody else, and not before it happens', () => {
    const true_ = told()
    const forged: NaverUnlink[] = [
      told({ clientSecret: 'secret-2' }),
      told({ clientId: 'client-2' }),
      told({ person: '' }),
      told({ at: AT.add({ minutes: 6 }) }),
      { ...true_, encryptUniqueId: told({ person: 'other' }).encryptUniqueId },
      { ...true_, timestamp: String(Number(true_.timestamp) + 1) },
      { ...true_, signature: '' },
      { ...true_, signature: true_.signature.slice(1) },
    ]
    for (const one of forged) expect(readNaverUnlink(one, CLIENT, AT), JSON.stringify(one)).toBeUndefined()
  })
})
