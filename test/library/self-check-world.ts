import { sql } from 'kysely'
import { expect } from 'vitest'
import type { SelfCheckPort } from '../../src/library/borrow/index.ts'
import type { SelfCheckSettings } from '../../src/library/borrow/sip/self-check.ts'
import { createSelfCheck } from '../../src/library/borrow/sip/self-check.ts'
import { addTerminal } from '../../src/library/borrow/sip/terminals/manage-terminals.ts'
import { newId } from '../../src/platform/ids.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { connectMachine, lending, type Machine } from './self-check-machine.ts'
import { openLibraryWorld } from './world.ts'

/** Nobody else answers: lending is alone. */
export const alone: SelfCheckPort = {
  copy: async () => ({ kind: 'no_answer' }),
  holds: async () => 'no_answer',
  nameOf: async () => undefined,
  provePassword: async () => 'no_answer',
}

/** A library whose machines are listened to, and one machine that may log in. */
export async function openSelfCheck() {
  const world = await openLibraryWorld()
  /** The librarian who added the machine. */
  const maker = newId()
  const stops: (() => Promise<unknown>)[] = []
  const wanted = {
    name: 'kiosk',
    place: '1층',
    charset: 'utf-8',
    asksPassword: false,
    takesPayments: true,
  } as const
  const terminal = await addTerminal(world, { librarianId: maker, idempotencyKey: newId(), wanted })
  if (terminal.kind === 'refused') throw new Error(terminal.code)
  const secret = terminal.secret ?? ''

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
  async function onceLent(
    patron = world.actor(),
  ): Promise<{ card: string; barcode: string; bookId: string }> {
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

  const close = async () => {
    for (const stop of stops) await stop()
    await world.drop()
  }
  return { world, maker, listen, machineAt, onceLent, checkout, close }
}
