import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SelfCheckPort } from '../../src/library/borrow/index.ts'
import type { SelfCheckSettings } from '../../src/library/borrow/sip/self-check.ts'
import { createSelfCheck } from '../../src/library/borrow/sip/self-check.ts'
import { addTerminal } from '../../src/library/borrow/sip/terminals/manage-terminals.ts'
import {
  forgetSettledRefusals,
  keepOfflineRefusal,
  listOfflineRefusals,
  settleOfflineRefusal,
} from '../../src/library/borrow/sip/terminals/offline-refusals.ts'
import { createTries } from '../../src/library/borrow/sip/tries.ts'
import { sipMoment } from '../../src/library/borrow/sip/wire/dates.ts'
import { newId } from '../../src/platform/ids.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { connectMachine, heard, lending, type Machine } from './self-check-machine.ts'
import { type LibraryWorld, openLibraryWorld, START } from './world.ts'

let world: LibraryWorld
let secret: string
/** The librarian who added the machine. */
const maker = newId()
const stops: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  world = await openLibraryWorld()
  const wanted = {
    name: 'kiosk',
    place: '1층',
    charset: 'utf-8',
    asksPassword: false,
    takesPayments: true,
  } as const
  const terminal = await addTerminal(world, { librarianId: maker, idempotencyKey: newId(), wanted })
  if (terminal.kind === 'refused') throw new Error(terminal.code)
  secret = terminal.secret ?? ''
})
afterAll(async () => {
  for (const stop of stops) await stop()
  await world?.drop()
})

/** Nobody else answers: lending is alone. */
const alone: SelfCheckPort = {
  copy: async () => ({ kind: 'no_answer' }),
  holds: async () => 'no_answer',
  nameOf: async () => undefined,
  provePassword: async () => 'no_answer',
}

async function listen(settings: Partial<SelfCheckSettings> = {}, others: SelfCheckPort = alone) {
  const log = createLog('silent')
  const door = { host: '127.0.0.1', port: 0, connections: 20, settleMs: 100, ...settings }
  const { listener } = createSelfCheck({ ...world.deps, log, others, settings: door })
  const port = await listener.start()
  stops.push(() => listener.stop())
  return { port, stop: () => listener.stop() }
}

async function machineAt(port: number): Promise<Machine> {
  const machine = await connectMachine(port)
  const plain = { nameAlgorithm: '0', secretAlgorithm: '0' }
  expect(
    (
      await machine.ask('login', plain, [
        ['CN', 'KIOSK'],
        ['CO', secret],
      ])
    ).fixed.ok,
  ).toBe('1')
  return machine
}

/** A copy that was lent and came back, and the card of whoever had it. */
async function onceLent(patron = world.actor()): Promise<{ card: string; barcode: string; bookId: string }> {
  const bookId = await world.addBook(1)
  const from = (await world.events()).at(-1)?.position ?? 0
  const answer = await world.borrow(patron, bookId, 1)
  if (answer.kind === 'refused') throw new Error(answer.code)
  for (let round = 0; round < 3; round++)
    for (const event of await world.events(from)) await world.deliver(event)
  await world.giveBack(patron, answer.body.id, 1)
  for (const event of await world.events(from)) await world.deliver(event)
  const [row] = await world.rows(sql<{ card: string; barcode: string }>`
    select p.card, c.barcode from borrow.loan l join borrow.patron p on p.id = l.patron_id
    join borrow.loan_copy c on c.loan_id = l.id where l.id = ${answer.body.id}`)
  if (!row) throw new Error('nothing was lent')
  return { ...row, bookId }
}

const checkout = (machine: Machine, card: string, barcode: string, renewalPolicy: 'Y' | 'N' = 'N') =>
  machine.ask('checkout', lending(world.clock.now(), renewalPolicy), [
    ['AA', card],
    ['AB', barcode],
  ])

test('while the catalogue is away machines lend and take back as the desk does', async () => {
  const { card, barcode } = await onceLent()
  const { port } = await listen()
  const machine = await machineAt(port)
  const never = await checkout(machine, card, 'T09999999')
  expect(never.said('AF')).toContain('지금 처리할 수 없습니다')
  const from = (await world.events()).at(-1)?.position ?? 0
  const lent = await checkout(machine, card, barcode)
  expect([lent.fixed.ok, lent.said('AF')]).toEqual(['1', expect.stringContaining('접수')])
  // Asked again by a machine that was switched off and on.
  expect((await checkout(await machineAt(port), card, barcode)).said('BK')).toBe(lent.said('BK'))
  const told = await machine.ask('itemInformation', { at: '' }, [['AB', barcode]])
  expect([told.fixed.circulation, told.said('AJ')]).toEqual(['04', ''])
  const patron = await machine.ask('patronInformation', { language: '020', at: '', summary: '' }, [
    ['AA', card],
  ])
  expect([patron.fixed.holds, patron.fixed.charged, patron.said('AE')]).toEqual(['    ', '0001', card])
  // Not settled yet, so not to be returned.
  const back = () => machine.ask('checkin', { noBlock: 'N', at: '', returnedAt: '' }, [['AB', barcode]])
  expect((await back()).fixed.ok).toBe('0')
  for (let round = 0; round < 3; round++)
    for (const event of await world.events(from)) await world.deliver(event)
  // A scan some time later renews, where the machine wishes it, and otherwise says that it is theirs already.
  world.clock.advance({ minutes: 11 })
  expect((await checkout(machine, card, barcode)).said('AF')).toBe('이미 빌려 간 책입니다.')
  expect((await checkout(machine, card, barcode, 'Y')).fixed).toMatchObject({ ok: '1', renewed: 'Y' })
  const returned = await back()
  expect([returned.fixed.ok, returned.said('AJ')]).toEqual(['1', '토지'])
  expect((await back()).fixed.ok).toBe('1')
  world.clock.advance({ minutes: 11 })
  expect((await back()).fixed.ok).toBe('0')
  machine.hangUp()
  world.clock.set(START)
})

test('two who lend one copy at the same moment are one loan and one refusal, before the catalogue says anything', async () => {
  const { card, barcode } = await onceLent()
  const { card: other } = await onceLent()
  const { port } = await listen()
  const [first, second] = await Promise.all([machineAt(port), machineAt(port)])
  const answers = await Promise.all([checkout(first, card, barcode), checkout(second, other, barcode)])
  expect(answers.map(({ fixed }) => fixed.ok).toSorted()).toEqual(['0', '1'])
  const both = await onceLent()
  const same = await Promise.all([first, second].map((machine) => checkout(machine, both.card, both.barcode)))
  expect(same.map(({ fixed }) => fixed.ok)).toEqual(['1', '1'])
  expect(new Set(same.map((answer) => answer.said('BK'))).size).toBe(1)
})

test('a machine takes back what it lent within an hour, and of several copies only the one it holds', async () => {
  const { card, barcode, bookId } = await onceLent()
  await sql`insert into book.copy (barcode, book_id, state) values (${`U${barcode.slice(1)}`}, ${bookId}, 'available')`.execute(
    world.db,
  )
  const [patron] = await world.rows(sql<{ id: string }>`select id from borrow.patron where card = ${card}`)
  const { port } = await listen()
  const machine = await machineAt(port)
  const undo = (copy: string) =>
    machine.ask('checkout', lending(world.clock.now()), [
      ['AA', card],
      ['AB', copy],
      ['BI', 'Y'],
    ])
  const from = (await world.events()).at(-1)?.position ?? 0
  const both = await world.borrow(world.actor(patron?.id), bookId, 2)
  if (both.kind === 'refused') throw new Error(both.code)
  const { id: loanId } = both.body
  // The catalogue has told which copies, and not yet that they are settled.
  await sql`insert into borrow.loan_copy (loan_id, barcode) values (${loanId}, ${barcode})`.execute(world.db)
  expect((await undo(barcode)).fixed.ok).toBe('0')
  for (let round = 0; round < 3; round++)
    for (const event of await world.events(from)) await world.deliver(event)
  const copies = await world.rows(
    sql<{ barcode: string }>`select barcode from borrow.loan_copy where loan_id = ${loanId} order by 1`,
  )
  expect(copies).toHaveLength(2)
  const undone: boolean[] = []
  for (const copy of copies) {
    const before = (await world.events()).at(-1)?.position ?? 0
    expect((await undo(copy.barcode)).fixed).toMatchObject({ ok: '1', desensitize: 'N' })
    for (const { data } of await world.events(before))
      undone.push(Reflect.get(Object(data), 'undone') === true)
  }
  expect(undone).toEqual([false, true])
  // Told again by a machine that did not hear the answer, and not for ever.
  const before = (await world.events()).length
  expect((await undo(barcode)).fixed.ok).toBe('1')
  expect((await world.events()).length).toBe(before)
  world.clock.advance({ minutes: 11 })
  expect((await undo(barcode)).fixed.ok).toBe('0')

  expect((await checkout(machine, card, barcode)).fixed.ok).toBe('1')
  world.clock.advance({ minutes: 60, seconds: 1 })
  expect((await undo(barcode)).said('AF')).toContain('한 시간이 지나')
  expect(await loansOf(card)).toBe(1)
  machine.hangUp()
  world.clock.set(START)
})

test('who added a machine neither pays nor backdates over it, and another librarian is told', async () => {
  const { card, barcode } = await onceLent(world.actor(maker))
  const { port } = await listen()
  const machine = await machineAt(port)
  const at = sipMoment(START)
  const paid = await machine.ask('feePaid', { at, feeType: '04', paymentType: '00', currency: 'KRW' }, [
    ['BV', '1000'],
    ['AA', card],
    ['BK', 'own'],
  ])
  expect([paid.fixed.accepted, paid.said('AF')]).toEqual(['N', expect.stringContaining('다른 사서')])
  const from = (await world.events()).at(-1)?.position ?? 0
  expect((await checkout(machine, card, barcode)).fixed.ok).toBe('1')
  for (let round = 0; round < 3; round++)
    for (const event of await world.events(from)) await world.deliver(event)
  const back = (noBlock: 'Y' | 'N') =>
    machine.ask('checkin', { noBlock, at, returnedAt: at }, [['AB', barcode]])
  expect((await back('Y')).fixed.ok).toBe('0')
  expect((await back('N')).fixed.ok).toBe('1')
  const told = await world.rows(
    sql<{ told: string }>`delete from borrow.offline_refusal returning what || ' ' || code as told`,
  )
  expect(told.map((row) => row.told).toSorted()).toEqual(['checkin own_account', 'payment own_account'])
  machine.hangUp()
})

test('what is refused is kept once, whatever the clock of the machine says', async () => {
  const { port } = await listen({ connections: 4 })
  const machine = await machineAt(port)
  for (const at of ['no clock at all   ', '00000000    000000', '00001231    235959']) {
    const [card, barcode] = ['M9\0', 'T09999999']
    const bytes = machine
      .write('checkout', { ...lending(START, 'N', 'Y'), at }, [
        ['AA', card],
        ['AB', barcode],
      ])
      .toString()
      .replace('M9 ', 'M9\0')
      .replace(/AY.*/s, '\r')
    machine.raw(bytes)
    expect(heard((await machine.line()) ?? Buffer.of()).fixed.ok).toBe('0')
    world.clock.advance({ minutes: 1 })
  }
  const kept = await world.rows(
    sql<{ card: string }>`delete from borrow.offline_refusal where barcode = 'T09999999' returning card`,
  )
  expect(kept).toEqual([{ card: 'M9' }])
  world.clock.set(START)
  // Half of the connections are for who has logged in; who has makes room for the next stranger.
  const strangers = [await connectMachine(port), await connectMachine(port)]
  expect(await (await connectMachine(port)).line()).toBeUndefined()
  expect((await machine.ask('status', { code: '0', width: '080', version: '2.00' })).fixed.online).toBe('Y')
  for (const stranger of [machine, ...strangers]) stranger.hangUp()
})

test('what fails is a “no”, and the same line again is tried again', async () => {
  const { card } = await onceLent()
  let broken = true
  const { port } = await listen(
    {},
    {
      ...alone,
      copy: async () => {
        if (broken) throw new Error('unforeseen')
        return { kind: 'unknown' }
      },
    },
  )
  const machine = await machineAt(port)
  const request = machine.write('itemInformation', { at: sipMoment(START) }, [
    ['AB', 'T09999999'],
    ['AA', card],
  ])
  const said = async () => {
    machine.raw(request)
    return heard((await machine.line()) ?? Buffer.of()).said('AF')
  }
  expect(await said()).toContain('지금 처리할 수 없습니다')
  broken = false
  expect(await said()).toContain('찾을 수 없습니다')
})

test('whoever says nothing is let go, and who is being answered when we stop gets the answer', async () => {
  const quiet = await listen({ idleMs: 50 })
  expect(await (await connectMachine(quiet.port)).line()).toBeUndefined()
  const strange = await listen({ loginMs: 1_500 })
  const known = await machineAt(strange.port)
  expect(await (await connectMachine(strange.port)).line()).toBeUndefined()
  expect((await known.ask('status', { code: '0', width: '080', version: '2.00' })).fixed.online).toBe('Y')

  const { card, barcode } = await onceLent()
  const { port, stop } = await listen({ settleMs: 1_000 })
  const [idle, busy] = [await machineAt(port), await machineAt(port)]
  busy.raw(
    busy.write('checkout', lending(START), [
      ['AA', card],
      ['AB', barcode],
    ]),
  )
  // The loan is written, and the machine waits for what the catalogue says.
  await expect.poll(() => loansOf(card)).toBe(1)
  const [, answer] = await Promise.all([stop(), busy.line()])
  expect(heard(answer ?? Buffer.of()).fixed.ok).toBe('1')
  expect([await busy.line(), await idle.line()]).toEqual([undefined, undefined])
  await expect(connectMachine(port)).rejects.toThrow('ECONNREFUSED')
})

async function loansOf(card: string): Promise<number> {
  const rows = await world.rows(sql<{ id: string }>`
    select l.id from borrow.loan l join borrow.patron p on p.id = l.patron_id
    where p.card = ${card} and l.state = 'pending'`)
  return rows.length
}

test('what a librarian has looked after is kept for 90 days, and what nobody has for ever', async () => {
  const [terminal] = await world.rows(sql<{ id: string }>`select id from borrow.terminal`)
  const refusal = {
    what: 'checkout',
    card: 'M1',
    doneAt: START,
    code: 'over_limit',
    toldAt: START,
    amount: null,
    paymentRef: '',
  } as const
  for (const barcode of ['A', 'B', 'B'])
    await keepOfflineRefusal(world.db, { ...refusal, barcode, terminalId: terminal?.id ?? '' })
  const [first, ...others] = await listOfflineRefusals(world.db, 10)
  expect(others).toHaveLength(1)
  await settleOfflineRefusal(world, { librarianId: newId(), id: first?.id ?? '' })
  world.clock.advance({ hours: 24 * 90 })
  expect(await forgetSettledRefusals(world)).toBe(0)
  world.clock.advance({ seconds: 1 })
  expect(await forgetSettledRefusals(world)).toBe(1)
  expect(await listOfflineRefusals(world.db, 10)).toEqual(others)
  world.clock.set(START)
})

test('tries are counted by what they are for, run out, come back with time, and fill no memory', () => {
  const tries = createTries({ most: 2, minutes: 5 })
  const later = (minutes: number) => START.add({ minutes })
  tries.note('a', START)
  expect(tries.areUsedUp('a', START)).toBe(false)
  tries.note('a', later(4))
  expect([tries.areUsedUp('a', later(4)), tries.areUsedUp('b', later(4))]).toEqual([true, false])
  expect(tries.areUsedUp('a', later(5))).toBe(false)
  tries.note('a', later(5))
  expect(tries.areUsedUp('a', later(6))).toBe(false)
  tries.note('a', later(6))
  for (let made = 0; made < 10_000; made++) tries.note(`made up ${made}`, later(6))
  expect(tries.areUsedUp('a', later(6))).toBe(false)
})
