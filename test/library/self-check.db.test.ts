import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { sipMoment } from '../../src/library/borrow/sip/wire/dates.ts'
import { connectMachine, heard, lending } from './self-check-machine.ts'
import { alone, openSelfCheck } from './self-check-world.ts'
import { START } from './world.ts'

const { world, listen, machineAt, onceLent, checkout, close } = await openSelfCheck()
afterAll(close)

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
