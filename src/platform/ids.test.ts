import { expect, it } from 'vitest'
import { newId } from './ids.ts'

it('makes valid UUIDs that grow, however fast they are made', () => {
  const ids = Array.from({ length: 20_000 }, newId)
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(ids.length)
  expect(
    Math.abs(Number.parseInt((ids[0] ?? '').replace('-', '').slice(0, 12), 16) - Date.now()),
  ).toBeLessThan(60_000)
})
