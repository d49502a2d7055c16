import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideRotation, deviceLabel, type PresentedToken, REFRESH_TOKEN_SECONDS } from './session.ts'

const NOW = Temporal.Instant.from('2026-11-21T09:00:00Z')
const FRESH: PresentedToken = { expiresAt: NOW.add({ hours: 1 }), usedAt: null, sessionRevokedAt: null }

describe('a presented refresh token', () => {
  it.each<[string, PresentedToken | undefined, object]>([
    ['fresh', FRESH, { kind: 'rotate' }],
    ['in its last moment', { ...FRESH, expiresAt: NOW.add({ nanoseconds: 1 }) }, { kind: 'rotate' }],
    ['unknown', undefined, { kind: 'refuse', why: 'unknown' }],
    ['just expired', { ...FRESH, expiresAt: NOW }, { kind: 'refuse', why: 'expired' }],
    ['used before', { ...FRESH, usedAt: NOW.subtract({ seconds: 1 }) }, { kind: 'revoke_family' }],
    ['used at this very moment', { ...FRESH, usedAt: NOW }, { kind: 'revoke_family' }],
    ['used and expired', { ...FRESH, usedAt: NOW, expiresAt: NOW }, { kind: 'revoke_family' }],
    ['of an ended session', { ...FRESH, sessionRevokedAt: NOW }, { kind: 'refuse', why: 'revoked' }],
    [
      'used, of an ended session',
      { ...FRESH, usedAt: NOW, sessionRevokedAt: NOW },
      { kind: 'refuse', why: 'revoked' },
    ],
  ])('%s', (_name, token, decision) => {
    expect(decideRotation(token, NOW)).toEqual(decision)
  })

  it('rotates only if unused, unexpired and of a live session', () => {
    const instant = fc.integer({ min: -10, max: 10 }).map((hours) => NOW.add({ hours }))
    const token = fc.record({
      expiresAt: instant,
      usedAt: fc.option(instant),
      sessionRevokedAt: fc.option(instant),
    })
    fc.assert(
      fc.property(token, (presented) => {
        const good =
          presented.usedAt === null &&
          presented.sessionRevokedAt === null &&
          Temporal.Instant.compare(presented.expiresAt, NOW) > 0
        expect(decideRotation(presented, NOW).kind === 'rotate').toBe(good)
      }),
    )
  })
})

it('gives access for half an hour, and a week to come back', () => {
  expect(REFRESH_TOKEN_SECONDS).toBe(604_800)
})

it('labels a device with at most 200 characters', () => {
  expect(deviceLabel(undefined)).toBeNull()
  expect(deviceLabel('  ')).toBeNull()
  expect(deviceLabel(' Firefox ')).toBe('Firefox')
  expect(deviceLabel('x'.repeat(500))).toHaveLength(200)
})
