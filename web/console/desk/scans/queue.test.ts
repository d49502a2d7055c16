import { expect, test } from 'vitest'
import { createQueue, type Keep, type Scan, type Sent } from './queue.ts'

const outcome = {
  loanId: 'l',
  patronId: 'p',
  title: '책',
  dueOn: '2026-12-01',
  loanState: 'returned',
  returnNo: 1,
  lateDays: 0,
  fee: 0,
  balance: 0,
  awaited: false,
}
const DONE: Sent = { kind: 'done', outcome }
const AWAY: Sent = { kind: 'later', why: 'unreachable' }

function device() {
  const kept = new Map<string, string>()
  const keep: Keep = {
    all: () => [...kept],
    put: (id, text) => void kept.set(id, text),
    drop: (id) => void kept.delete(id),
  }
  return { kept, keep }
}

function open(
  keep: Keep,
  answer: (scan: Scan) => Sent | Promise<Sent>,
  tell: (scan: Scan) => void = () => {},
) {
  const sent: Scan[] = []
  const settled: Scan[] = []
  let keys = 0
  let time = 1_000
  const queue = createQueue({
    keep,
    send: async (scan) => {
      sent.push(scan)
      return answer(scan)
    },
    newKey: () => {
      keys += 1
      return `key-${keys}`
    },
    now: () => {
      time += 1
      return time
    },
    alone: (work) => work(),
    settled: (scan) => settled.push(scan),
    tell,
  })
  const back = (barcode: string) => queue.add({ kind: 'return', barcode })
  return { queue, sent, settled, back }
}

const kinds = (scans: readonly Scan[]) => scans.map(({ state }) => state.kind)

test('scans wait in order while nobody answers, over a reload too, and keep the key they were made with', async () => {
  const { keep } = device()
  const before = open(keep, () => AWAY)
  const scans = ['A001', 'A002', 'A003'].map(before.back)
  expect(await before.queue.drain()).toBe(true)
  // The first was tried; those behind it do not overtake it.
  expect(before.sent.map(({ wish }) => wish.barcode)).toEqual(['A001'])

  const after = open(keep, () => DONE)
  expect(after.queue.scans().map(({ key }) => key)).toEqual(scans.map(({ key }) => key))
  expect(await after.queue.drain()).toBe(false)
  expect(after.sent.map(({ key }) => key)).toEqual(scans.map(({ key }) => key))
  expect(after.settled.map(({ wish }) => wish.barcode)).toEqual(['A001', 'A002', 'A003'])
  expect(await after.queue.drain()).toBe(false)
  expect(after.sent).toHaveLength(3)
})

test('a refusal is an answer: the next ones go on', async () => {
  const refusal = { code: 'copy_not_on_loan', message: '', fields: [] }
  const { queue, back } = open(device().keep, ({ wish }) =>
    wish.barcode === 'A001' ? { kind: 'refused', refusal } : DONE,
  )
  back('A001')
  back('A002')
  await queue.drain()
  expect(kinds(queue.scans())).toEqual(['refused', 'done'])
})

test('what waits for the catalogue holds back only the same copy', async () => {
  let isDown = true
  const { queue, sent, back } = open(device().keep, ({ wish }) =>
    isDown && wish.kind === 'loan' ? { kind: 'later', why: 'catalogue' } : DONE,
  )
  queue.add({ kind: 'loan', card: 'M00000001', barcode: 'A001' })
  back('A001')
  back('A002')
  expect(await queue.drain()).toBe(true)
  expect(kinds(queue.scans())).toEqual(['waiting', 'waiting', 'done'])
  isDown = false
  expect(await queue.drain()).toBe(false)
  expect(sent.slice(-2).map(({ wish }) => `${wish.kind} ${wish.barcode}`)).toEqual([
    'loan A001',
    'return A001',
  ])
})

test('drains that overlap send each scan once', async () => {
  const { queue, sent, back } = open(device().keep, () => new Promise((done) => setTimeout(done, 0, DONE)))
  const runs = ['A001', 'A002', 'A003', 'A004'].map((barcode) => {
    back(barcode)
    return queue.drain()
  })
  await Promise.all(runs)
  expect(sent.map(({ wish }) => wish.barcode)).toEqual(['A001', 'A002', 'A003', 'A004'])
})

test('a scan that was taken back before it was sent is never sent', async () => {
  const { queue, sent, back } = open(device().keep, () => DONE)
  const scan = back('A001')
  queue.undone(scan.id)
  expect(await queue.drain()).toBe(false)
  expect(sent).toEqual([])
})

test('a device without room says so, and the scan is sent all the same', async () => {
  const { keep } = device()
  const full: Keep = {
    ...keep,
    put: () => {
      throw new Error('QuotaExceededError')
    },
  }
  const { queue, sent, back } = open(full, () => DONE)
  back('A001')
  expect(queue.isKept()).toBe(false)
  await queue.drain()
  expect(sent).toHaveLength(1)
})

test('the device keeps what sending needs, until it was sent; answers are shown, and kept nowhere', async () => {
  const { kept, keep } = device()
  let isAway = true
  const { queue, back } = open(keep, () => (isAway ? AWAY : DONE))
  queue.add({ kind: 'loan', card: 'M00000001', barcode: 'B001', override: '연구' })
  for (let n = 0; n < 130; n += 1) back(`A${String(n).padStart(4, '0')}`)
  await queue.drain()
  expect(kept.size).toBe(131)
  const members = new Set([...kept.values()].flatMap((text) => Object.keys(JSON.parse(text))))
  expect([...members].toSorted()).toEqual(['at', 'id', 'key', 'state', 'tries', 'wish'])
  expect(JSON.parse([...kept.values()][0] ?? '').wish).toEqual({
    kind: 'loan',
    card: 'M00000001',
    barcode: 'B001',
    override: '연구',
  })
  isAway = false
  const written: string[] = []
  const { put } = keep
  keep.put = (id, text) => {
    written.push(text)
    put(id, text)
  }
  await queue.drain()
  expect([...kept]).toEqual([])
  expect(written.join('')).not.toMatch(/outcome|title|책|balance|patronId/)
  // The latest are shown, as long as the page is open.
  expect(queue.scans()).toHaveLength(100)
  expect(queue.scans().at(-1)?.state).toEqual(DONE)
  expect(open(keep, () => DONE).queue.scans()).toEqual([])
})

test('a scan another window has sent is not sent again, and its answer is shown in both', async () => {
  const { keep } = device()
  const windows: ReturnType<typeof open>[] = []
  const others = (mine: number) => (scan: Scan) => {
    for (const [n, { queue }] of windows.entries()) if (n !== mine) queue.learn(scan)
  }
  windows.push(
    open(keep, () => AWAY, others(0)),
    open(keep, () => DONE, others(1)),
  )
  const [first, second] = windows
  first?.back('A001')
  second?.queue.reload()
  await second?.queue.drain()
  first?.queue.reload()
  expect(await first?.queue.drain()).toBe(false)
  expect([first?.sent.length, second?.sent.length]).toEqual([0, 1])
  for (const { queue } of windows) expect(kinds(queue.scans())).toEqual(['done'])
})

test('what was kept and cannot be read is passed over', async () => {
  const { kept, keep } = device()
  open(keep, () => AWAY).back('A001')
  kept.set('0-broken', '{')
  kept.set('0-other', '{"id":"0-other","key":"k","tries":0,"wish":null,"state":{"kind":"waiting"}}')
  const { queue, sent } = open(keep, () => DONE)
  expect(await queue.drain()).toBe(false)
  expect(sent.map(({ wish }) => wish.barcode)).toEqual(['A001'])
})
