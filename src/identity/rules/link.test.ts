import { expect, it } from 'vitest'
import { isLinkPurpose, LINKS, waitBeforeNextLink } from './link.ts'

const NOW = Temporal.Instant.from('2026-11-29T12:00:00Z')
const ago = (minutes: number) => NOW.subtract({ minutes })
const { perHour } = LINKS.verify_email

it('lets so many links go in any hour, and says when the next may', () => {
  expect(waitBeforeNextLink('verify_email', [], NOW)).toBe(0)
  const full = Array.from({ length: perHour }, (_, n) => ago(50 - n))
  expect(waitBeforeNextLink('verify_email', full.slice(1), NOW)).toBe(0)
  // The oldest of them is 50 minutes old.
  expect(waitBeforeNextLink('verify_email', full, NOW)).toBe(10 * 60)
  expect(waitBeforeNextLink('verify_email', full.toReversed(), NOW)).toBe(10 * 60)
  // One more than allowed, however that came: the second oldest counts.
  expect(waitBeforeNextLink('verify_email', [...full, ago(1)], NOW)).toBe(11 * 60)
})

it('forgets what is an hour old', () => {
  const old = Array.from({ length: perHour }, () => ago(60))
  expect(waitBeforeNextLink('verify_email', old, NOW)).toBe(0)
})

it('knows its purposes by name', () => {
  expect(isLinkPurpose('verify_email')).toBe(true)
  expect(isLinkPurpose('toString')).toBe(false)
})
