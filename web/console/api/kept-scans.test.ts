import { expect, test } from 'vitest'
import { countWaiting, dropAnswered, scansOf } from './kept-scans.ts'

const NOW = Date.parse('2026-11-02T03:00:00Z')

function device() {
  const kept = new Map<string, string>()
  const storage: Storage = {
    get length() {
      return kept.size
    },
    key: (n) => [...kept.keys()][n] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => void kept.set(name, text),
    removeItem: (name) => void kept.delete(name),
    clear: () => kept.clear(),
  }
  const put = (user: string, id: string, kind: string, hoursAgo: number) =>
    storage.setItem(
      scansOf(user) + id,
      JSON.stringify({ state: { kind }, at: new Date(NOW - hoursAgo * 3_600_000).toISOString() }),
    )
  put('minji', 'old', 'done', 25)
  put('minji', 'new', 'refused', 1)
  put('minji', 'waits', 'waiting', 25)
  put('jun', 'old', 'done', 25)
  storage.setItem(`${scansOf('minji')}broken`, '{')
  return { storage, ids: () => [...kept.keys()].map((name) => name.replace('desk.scan.', '')) }
}

test('whoever leaves takes their answered scans along, and no others', () => {
  const { storage, ids } = device()
  expect(countWaiting(storage, 'minji')).toBe(1)
  dropAnswered(storage, 'minji')
  expect(ids()).toEqual(['minji.waits', 'jun.old', 'minji.broken'])
})

test('at the start of a desk those of the last day are still shown', () => {
  const { storage, ids } = device()
  dropAnswered(storage, 'minji', NOW)
  expect(ids()).toEqual(['minji.new', 'minji.waits', 'jun.old', 'minji.broken'])
})
