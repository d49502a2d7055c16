import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import {
  forgetSettledRefusals,
  keepOfflineRefusal,
  listOfflineRefusals,
  settleOfflineRefusal,
} from '../../src/library/borrow/sip/terminals/offline-refusals.ts'
import { sipMoment } from '../../src/library/borrow/sip/wire/dates.ts'
import { newId } from '../../src/platform/ids.ts'
import { connectMachine, heard, lending } from './self-check-machine.ts'
import { openSelfCheck } from './self-check-world.ts'
import { START } from './world.ts'

const { world, maker, listen, machineAt, onceLent, checkout, close } = await openSelfCheck()
afterAll(close)

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
