import { describe, expect, it } from 'vitest'

const noon = Temporal.Instant.from('2026-11-21T12:00:00Z')
const day = Temporal.PlainDate.from('2026-11-21')
const pairs = [
  ['instants', noon, Temporal.Instant.from('2026-11-21T12:00:00Z'), noon.add({ nanoseconds: 1 })],
  ['days', day, Temporal.PlainDate.from('2026-11-21'), day.add({ days: 1 })],
  [
    'durations',
    Temporal.Duration.from('PT5M'),
    Temporal.Duration.from({ minutes: 5 }),
    Temporal.Duration.from('PT6M'),
  ],
  [
    'moments in a zone',
    noon.toZonedDateTimeISO('Asia/Seoul'),
    noon.toZonedDateTimeISO('Asia/Seoul'),
    noon.toZonedDateTimeISO('UTC'),
  ],
  ['values of different kinds', day, day, day.toPlainDateTime()],
  ['a value and its text', noon, noon, noon.toString()],
  ['a value and nothing', noon, noon, null],
  ['a value and an empty object', noon, noon, {}],
] as const

describe.each(pairs)('%s', (_what, value, same, other) => {
  it('match when alike', () => {
    expect({ at: value, more: 1 }).toMatchObject({ at: same })
    expect([{ deep: { at: value } }]).toMatchObject([{ deep: { at: same } }])
    expect({ at: value }).toEqual({ at: same })
    expect([value]).toContainEqual(same)
    expect({ at: value }).toEqual(expect.objectContaining({ at: same }))
  })

  it('do not match when they differ', () => {
    expect({ at: value, more: 1 }).not.toMatchObject({ at: other })
    expect([{ deep: { at: value } }]).not.toMatchObject([{ deep: { at: other } }])
    expect({ at: other }).not.toMatchObject({ at: value })
    expect({ at: value }).not.toEqual({ at: other })
    expect({ at: value }).not.toStrictEqual({ at: other })
    expect([value]).not.toContainEqual(other)
    expect({ at: value }).not.toEqual(expect.objectContaining({ at: other }))
  })
})

it('asymmetric matchers still match', () => {
  expect({ at: noon }).toMatchObject({ at: expect.any(Temporal.Instant) })
  expect({ at: noon }).toMatchObject({ at: expect.anything() })
  expect({ at: noon }).not.toMatchObject({ at: expect.any(Temporal.PlainDate) })
})
