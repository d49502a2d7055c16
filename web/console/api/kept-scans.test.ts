import { expect, test } from 'vitest'
import { countWaiting, dropAnswered, scansOf } from './kept-scans.ts'

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
  const put = (user: string, id: string, kind: string) =>
    storage.setItem(scansOf(user) + id, JSON.stringify({ state: { kind } }))
  put('minji', 'old', 'done')
  put('minji', 'new', 'refused')
  put('minji', 'waits', 'waiting')
  put('jun', 'old', 'done')
  storage.setItem(`${scansOf('minji')}broken`, '{')
  return { storage, ids: () => [...kept.keys()].map((name) => name.replace('desk.scan.', '')) }
}

test('answered scans that an earlier version kept are forgotten, and no others', () => {
  const { storage, ids } = device()
  expect(countWaiting(storage, 'minji')).toBe(1)
  dropAnswered(storage, 'minji')
  expect(ids()).toEqual(['minji.waits', 'jun.old', 'minji.broken'])
})
