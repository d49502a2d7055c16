import { randomBytes } from 'node:crypto'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sipMoment } from '../../src/library/borrow/sip/wire/dates.ts'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { createPeer } from '../../src/services/between/peer.ts'
import { selfCheckPort } from '../../src/services/between/self-check.ts'
import { cardOf, Fees, Hold, onlyBarcode, registerBook, untilStock } from '../library/api.ts'
import { connectMachine, heard, lending, type Machine } from '../library/self-check-machine.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

const CREDENTIAL = randomBytes(32).toString('hex')

let system: System
let port: number
let minji: Person
let jun: Person
let librarian: Person
let card: string
const machines: Machine[] = []

beforeAll(async () => {
  port = await freePort()
  system = await startSystem({
    settings: { SIP_PORT: String(port), SIP_CONNECTIONS: '120', SERVICE_TOKEN: CREDENTIAL },
  })
  ;[minji, jun, librarian] = await Promise.all([
    customer(system),
    customer(system),
    colleague(system, 'librarian'),
  ])
  card = await cardOf(librarian, minji)
})
afterAll(async () => {
  for (const machine of machines) machine.hangUp()
  await system?.stop()
})

const Added = Type.Object({ id: Type.String(), secret: Type.Union([Type.String(), Type.Null()]) })
let added = 0

/** Lets a machine log in, by the API. */
async function addTerminal(more: object = {}) {
  const name = `kiosk-${++added}`
  const json = { name, place: '1층', charset: 'utf-8', asksPassword: false, takesPayments: false, ...more }
  const { id, secret } = expectBody(
    await librarian.api.post('/api/terminals', { key: true, json }),
    201,
    Added,
  )
  return { id, name, secret: secret ?? '' }
}

async function machineOf(terminal: { name: string; secret: string }, charset: 'utf-8' | 'cp949' = 'utf-8') {
  const machine = await connectMachine(port, charset)
  machines.push(machine)
  const answer = await machine.ask('login', { nameAlgorithm: '0', secretAlgorithm: '0' }, [
    ['CN', terminal.name],
    ['CO', terminal.secret],
    ['CP', '1F'],
  ])
  expect(answer).toMatchObject({ kind: 'loginAnswer', fixed: { ok: '1' }, sequence: '0' })
  return machine
}

const now = () => sipMoment(system.now())
const checkout = (machine: Machine, barcode: string, whose = card, more: [string, string][] = []) =>
  machine.ask('checkout', lending(system.now()), [
    ['AO', 'lib'],
    ['AA', whose],
    ['AB', barcode],
    ['AC', ''],
    ...more,
  ])
const checkin = (machine: Machine, barcode: string) =>
  machine.ask('checkin', { noBlock: 'N', at: now(), returnedAt: now() }, [
    ['AP', ''],
    ['AO', 'lib'],
    ['AB', barcode],
  ])
const information = (machine: Machine, list = -1, more: [string, string][] = []) =>
  machine.ask(
    'patronInformation',
    {
      language: '020',
      at: now(),
      summary: Array.from({ length: 10 }, (_, at) => (at === list ? 'Y' : ' ')).join(''),
    },
    [['AO', 'lib'], ['AA', card], ...more],
  )

async function newCopy(title?: string): Promise<{ bookId: string; barcode: string }> {
  const { id } = await registerBook(librarian, 1, title)
  return { bookId: id, barcode: await onlyBarcode(librarian, id) }
}

test('a patron borrows, renews and returns at a machine that writes CP949', async () => {
  const terminal = await addTerminal({ charset: 'cp949', place: '어린이실 입구' })
  const machine = await machineOf(terminal, 'cp949')
  const status = await machine.ask('status', { code: '0', width: '080', version: '2.00' })
  expect(status).toMatchObject({
    kind: 'statusAnswer',
    fixed: { online: 'Y', checkout: 'Y', version: '2.00' },
  })
  expect(status.said('BX')).toBe('YYYNYYYYYNYNNNYY')
  expect(status.said('AN')).toBe('어린이실 입구')

  const [first, second] = [await newCopy('똠방각하'), await newCopy('토지 1권')]
  const lent = await checkout(machine, first.barcode)
  expect(lent).toMatchObject({ kind: 'checkoutAnswer', fixed: { ok: '1', renewed: 'N', desensitize: 'Y' } })
  expect([lent.said('AJ'), lent.said('AO'), lent.said('AF')]).toEqual(['똠방각하', 'lib', ''])
  expect(lent.said('AH')).toMatch(/^\d{8} {4}235959$/)
  // The answer was lost, the machine comes back and asks again: one loan, the same answer.
  const again = await machineOf(terminal, 'cp949')
  const repeated = await checkout(again, first.barcode)
  expect([repeated.fixed.ok, repeated.said('BK'), repeated.said('AH')]).toEqual([
    '1',
    lent.said('BK'),
    lent.said('AH'),
  ])
  expect((await checkout(machine, second.barcode)).fixed.ok).toBe('1')

  const all = await information(machine, 2)
  expect(all).toMatchObject({ fixed: { charged: '0002', overdue: '0000', status: ' '.repeat(14) } })
  expect(all.all('AU').toSorted()).toEqual([first.barcode, second.barcode].toSorted())
  expect([all.said('AE'), all.said('BL'), all.said('CQ'), all.said('BV'), all.said('CB')]).toEqual([
    expect.stringMatching(/^손님\d{4}$/),
    'Y',
    'Y',
    '0',
    '0010',
  ])
  expect(
    (
      await information(machine, 2, [
        ['BP', '2'],
        ['BQ', '2'],
      ])
    ).all('AU'),
  ).toHaveLength(1)

  const item = (barcode: string) => machine.ask('itemInformation', { at: now() }, [['AB', barcode]])
  expect(await item(first.barcode)).toMatchObject({
    kind: 'itemInformationAnswer',
    fixed: { circulation: '04' },
  })
  expect((await item('PL99999999')).said('AF')).toBe('이 바코드의 책을 찾을 수 없습니다.')

  const renewing = { thirdParty: 'N', noBlock: 'N', at: now(), offlineDue: '' }
  const renew = machine.write('renew', renewing, [
    ['AO', 'lib'],
    ['AA', card],
    ['AB', second.barcode],
  ])
  machine.raw(renew)
  const renewed = heard((await machine.line()) ?? Buffer.of(), 'cp949')
  expect(renewed).toMatchObject({ kind: 'renewAnswer', fixed: { ok: '1', renewed: 'Y' } })
  expect(renewed.said('AH') > lent.said('AH')).toBe(true)
  // The very same line once more, and a request to say it again: nothing is renewed twice.
  machine.raw(renew)
  expect(heard((await machine.line()) ?? Buffer.of(), 'cp949').said('AH')).toBe(renewed.said('AH'))
  machine.raw('97AZFEF5\r')
  expect(heard((await machine.line()) ?? Buffer.of(), 'cp949').said('AH')).toBe(renewed.said('AH'))
  const rest = await machine.ask('renewAll', { at: now() }, [['AA', card]])
  expect(rest).toMatchObject({
    kind: 'renewAllAnswer',
    fixed: { renewed: '0002', unrenewed: '0000', ok: '1' },
  })

  // Somebody waits for the first: it goes to the hold shelf, and the machine is told.
  expectBody(await jun.api.post(`/api/books/${first.bookId}/holds`, { key: true }), 201, Hold)
  await until(async () => (await item(first.barcode)).said('CF') === '1', {
    deadlineMs: 10_000,
    what: 'the queue',
  })
  const back = await checkin(machine, first.barcode)
  expect(back).toMatchObject({ kind: 'checkinAnswer', fixed: { ok: '1', alert: 'Y', resensitize: 'Y' } })
  expect([back.said('CV'), back.said('CL'), back.said('AJ')]).toEqual(['01', '2', '똠방각하'])
  expect(back.said('AF')).toContain('예약 서가')
  // Put in once more by the machine after a lost answer.
  expect((await checkin(again, first.barcode)).fixed.ok).toBe('1')
  await untilStock(librarian, first.bookId, 'it on the shelf', ({ onShelf }) => onShelf === 1)
  expect((await item(first.barcode)).fixed.circulation).toBe('08')
  // The first is kept for Jun, and nobody else gets it at a machine.
  const refused = await checkout(machine, first.barcode)
  expect([refused.fixed.ok, refused.fixed.desensitize]).toEqual(['0', 'N'])
  expect(refused.said('AF')).toContain('예약')
  const junsCard = await cardOf(librarian, jun)
  const juns = await machine.ask('patronInformation', { language: '001', at: now(), summary: 'Y         ' }, [
    ['AA', junsCard],
  ])
  expect([juns.fixed.holds, juns.all('AS')]).toEqual(['0001', [first.barcode]])
  expect((await checkout(machine, first.barcode, junsCard)).fixed.ok).toBe('1')
  const plain = await checkin(machine, second.barcode)
  expect([plain.fixed.alert, plain.said('CL'), plain.said('CV')]).toEqual(['N', '1', ''])
  expect(await machine.ask('endSession', { at: now() }, [['AA', card]])).toMatchObject({
    fixed: { ended: 'Y' },
  })
})

test('what a patron may not do at the desk, they may not do at a machine', async () => {
  const machine = await machineOf(await addTerminal())
  const { barcode } = await newCopy()
  expect((await checkout(machine, barcode, 'M99999999')).said('AF')).toBe('등록되지 않은 회원증입니다.')
  expect((await checkout(machine, barcode, '')).fixed.ok).toBe('0')
  expect((await checkout(machine, '')).said('AF')).toContain('바코드')
  const block = (blockedReason: string | null) =>
    librarian.api.send('PATCH', `/api/patrons/${minji.id}`, { json: { blockedReason } })
  await block('훼손')
  const blocked = await checkout(machine, barcode)
  expect([blocked.fixed.ok, blocked.said('AF')]).toEqual(['0', expect.stringContaining('정지')])
  // Why is between them and the desk.
  expect(blocked.said('AF')).not.toContain('훼손')
  expect((await information(machine)).fixed.status).toBe('YY Y          ')
  // A machine may ask for it, people decide.
  expect(
    await machine.ask('blockPatron', { cardRetained: 'Y', at: now() }, [
      ['AL', '분실'],
      ['AA', await cardOf(librarian, jun)],
    ]),
  ).toMatchObject({ kind: 'patronStatusAnswer' })
  expect(await jun.api.get('/api/loans/fees')).toMatchObject({ status: 200 })
  await block(null)
  const status = await machine.ask('patronStatus', { language: '001', at: now() }, [['AA', card]])
  expect(status).toMatchObject({
    kind: 'patronStatusAnswer',
    fixed: { status: ' '.repeat(14), language: '001' },
  })

  expect((await checkout(machine, barcode)).fixed.ok).toBe('1')
  expect((await checkout(machine, barcode, await cardOf(librarian, jun))).fixed.ok).toBe('0')
  // The machine could not hand it over after all.
  expect(await checkout(machine, barcode, card, [['BI', 'Y']])).toMatchObject({
    fixed: { ok: '1', desensitize: 'N' },
  })
  expect((await checkin(machine, barcode)).said('AF')).toBe('대출 중인 책이 아닙니다.')
})

test('where a machine asks for a password nothing is told or done without it, and guessing ends soon', async () => {
  const machine = await machineOf(await addTerminal({ asksPassword: true }))
  const { barcode } = await newCopy()
  const hidden = await information(machine)
  expect([hidden.said('BL'), hidden.said('CQ'), hidden.said('AE'), hidden.fixed.charged]).toEqual([
    'Y',
    'N',
    '',
    '    ',
  ])
  expect((await checkout(machine, barcode)).said('AF')).toBe('비밀번호가 필요합니다.')
  expect((await information(machine, -1, [['AD', PASSWORD]])).said('CQ')).toBe('Y')
  // The password was said once in this session; the scans that follow do not bring it again.
  expect((await checkout(machine, barcode)).fixed.ok).toBe('1')
  await machine.ask('endSession', { at: now() }, [['AA', card]])
  expect((await information(machine)).said('CQ')).toBe('N')
  for (let tries = 0; tries < 5; tries++)
    expect((await information(machine, -1, [['AD', 'wrong']])).said('AF')).toBe('비밀번호가 맞지 않습니다.')
  expect((await information(machine, -1, [['AD', PASSWORD]])).said('AF')).toContain('여러 번')
  // Bringing back needs no password.
  expect((await checkin(machine, barcode)).fixed.ok).toBe('1')
})

test('a late return costs what it costs at the desk, and is paid once at a machine that takes payments', async () => {
  const takes = await machineOf(await addTerminal({ takesPayments: true }))
  const machine = await machineOf(await addTerminal())
  const { barcode } = await newCopy()
  const lent = await checkout(machine, barcode)
  await execute(
    system.databaseUrl,
    `update borrow.loan set due_on = due_on - 20, borrowed_at = borrowed_at - interval '20 days' where id = '${lent.said('BK')}'`,
  )
  expect((await information(machine, 1)).all('AT')).toEqual([barcode])
  const back = await checkin(machine, barcode)
  expect([back.fixed.ok, back.said('AF')]).toEqual(['1', expect.stringMatching(/연체료 [\d,]+원/)])
  const owed = Number((await information(machine)).said('BV'))
  expect(owed).toBeGreaterThan(0)
  const pay = (from: Machine, amount: string, transaction: string, currency = 'KRW') =>
    from.ask('feePaid', { at: now(), feeType: '04', paymentType: '00', currency }, [
      ['BV', amount],
      ['AA', card],
      ['BK', transaction],
    ])
  expect((await pay(machine, String(owed), 'p1')).fixed.accepted).toBe('N')
  expect((await pay(takes, String(owed), 'p1', 'USD')).fixed.accepted).toBe('N')
  expect((await pay(takes, String(owed + 1), 'p2')).fixed.accepted).toBe('N')
  expect((await pay(takes, '0', 'p3')).fixed.accepted).toBe('N')
  for (let times = 0; times < 2; times++)
    expect((await pay(takes, `${owed}.00`, 'p4')).fixed.accepted).toBe('Y')
  const { balance } = expectBody(await minji.api.get('/api/loans/fees'), 200, Fees)
  expect(balance).toBe(0)
  // Whatever is refused has its money in the machine, and waits for a librarian; told again, it waits once.
  const at = now()
  for (let times = 0; times < 2; times++)
    await takes.ask('feePaid', { at, feeType: '04', paymentType: '00', currency: 'KRW' }, [
      ['BV', '700'],
      ['AA', 'M99999999'],
      ['BK', 'p5'],
    ])
  const { data } = expectBody(await librarian.api.get('/api/terminals/offline-refusals'), 200, Refusals)
  expect(data.map(({ what, code, amount, paymentRef }) => [what, code, amount, paymentRef])).toEqual([
    ['payment', 'patron_unknown', 700, 'p5'],
    ['payment', 'invalid_request', 0, 'p3'],
    ['payment', 'more_than_owed', owed + 1, 'p2'],
    ['payment', 'only_won', null, 'p1'],
    ['payment', 'no_payments', owed, 'p1'],
  ])
  for (const { id } of data)
    expect(await librarian.api.send('DELETE', `/api/terminals/offline-refusals/${id}`)).toMatchObject({
      status: 204,
    })
})

const Refusals = Type.Object({
  data: Type.Array(
    Type.Object({
      id: Type.String(),
      what: Type.String(),
      barcode: Type.String(),
      amount: Type.Union([Type.Integer(), Type.Null()]),
      paymentRef: Type.String(),
      code: Type.String(),
    }),
  ),
})

test('what a machine did while it could not ask counts from then, and what is refused waits for a librarian', async () => {
  const machine = await machineOf(await addTerminal())
  const [{ barcode }, other] = [await newCopy(), await newCopy()]
  const offline = (asked: string) =>
    machine.ask('checkout', lending(system.now(), 'N', 'Y'), [
      ['AA', asked],
      ['AB', barcode],
    ])
  expect((await offline('M99999999')).fixed.ok).toBe('0')
  expect((await offline(card)).fixed.ok).toBe('1')
  const drop = (when: Temporal.Instant, what = barcode) =>
    machine.ask('checkin', { noBlock: 'Y', at: sipMoment(when), returnedAt: sipMoment(when) }, [['AB', what]])
  // Before it was lent: nobody can say when it came.
  expect((await drop(system.now().subtract({ hours: 30 }))).fixed.ok).toBe('0')
  expect((await drop(system.now().add({ hours: 1 }))).fixed.ok).toBe('1')
  expect((await drop(system.now(), other.barcode)).fixed.ok).toBe('0')
  const list = async () =>
    expectBody(await librarian.api.get('/api/terminals/offline-refusals'), 200, Refusals).data
  const waiting = await list()
  expect(waiting.map(({ what, code }) => [what, code])).toEqual([
    ['checkin', 'copy_not_on_loan'],
    ['checkin', 'effective_at_invalid'],
    ['checkout', 'patron_unknown'],
  ])
  const settle = (id = '') => librarian.api.send('DELETE', `/api/terminals/offline-refusals/${id}`)
  expect(await settle(waiting[0]?.id)).toMatchObject({ status: 204 })
  expect(await settle(waiting[0]?.id)).toMatchObject({ status: 404 })
  expect(await list()).toHaveLength(2)
})

test('50 machines that lend the last copy at once lend it once', async () => {
  const terminal = await addTerminal()
  const { bookId, barcode } = await newCopy()
  // More people than sign up in a test: what lending knows of them is enough.
  const people = await execute(
    system.databaseUrl,
    `insert into borrow.patron (id, category, state, created_at)
     select gen_random_uuid(), 'adult', 'active', now() from generate_series(1, 50) returning card`,
  )
  const cards = people.map(({ card: one }) => String(one))
  const rush = await Promise.all(Array.from({ length: 50 }, () => machineOf(terminal)))
  const answers = await Promise.all(rush.map((machine, index) => checkout(machine, barcode, cards[index])))
  expect(answers.filter(({ fixed }) => fixed.ok === '1')).toHaveLength(1)
  const loans = await execute(
    system.databaseUrl,
    `select id from borrow.loan where book_id = '${bookId}' and state <> 'cancelled'`,
  )
  expect(loans).toHaveLength(1)
  // One more than may be connected is turned away, and there is room again once somebody has left.
  const crowd = await Promise.all(
    Array.from({ length: 60 - 50 }, () => connectMachine(port).catch(() => undefined)),
  )
  for (const one of [...rush, ...crowd]) one?.hangUp()
  await until(async () => (await system.metric('library_self_check_machines')).get('') ?? 99, {
    deadlineMs: 10_000,
    what: 'the machines to be gone',
  })
})

test('nonsense is asked for again, and ends the conversation only when there is nothing else', async () => {
  const terminal = await addTerminal()
  const machine = await machineOf(terminal)
  const { barcode } = await newCopy()
  const request = machine.write('checkout', lending(system.now()), [
    ['AA', card],
    ['AB', barcode],
  ])
  const harmed = Buffer.from(request)
  harmed[5] = (harmed[5] ?? 0) ^ 1
  const said = async () => (await machine.line())?.toString()
  machine.raw(harmed)
  expect(await said()).toBe('96AZFEF6')
  for (const nonsense of ['42 what\r', 'x'.repeat(9_000), '\r', '\xff\xfe|||\r\n', '11YN\r'])
    machine.raw(nonsense)
  for (let lines = 0; lines < 4; lines++) expect(await said()).toBe('96')
  // A line in pieces, and two in one.
  for (const byte of request) machine.raw(Buffer.of(byte))
  const lent = heard((await machine.line()) ?? Buffer.of())
  expect(lent.fixed.ok).toBe('1')
  machine.raw('97\r')
  expect(heard((await machine.line()) ?? Buffer.of()).said('BK')).toBe(lent.said('BK'))
  // The same bytes once more lend the copy, which came back meanwhile, by a loan of its own.
  expect((await checkin(await machineOf(terminal), barcode)).fixed.ok).toBe('1')
  await until(
    async () => {
      machine.raw(request)
      const anew = heard((await machine.line()) ?? Buffer.of())
      return anew.fixed.ok === '1' && anew.said('BK') !== lent.said('BK')
    },
    { deadlineMs: 5_000, what: 'the copy to be lent anew' },
  )
  machine.raw('9900302.00\r9900302.00\r\n')
  expect([await said(), await said()]).toEqual([expect.stringMatching(/^98/), expect.stringMatching(/^98/)])
  for (let lines = 0; lines < 10; lines++) machine.raw('nonsense\r')
  for (let lines = 0; lines < 10; lines++) expect(await said()).toBe('96')
  expect(await said()).toBeUndefined()

  // Whoever has said all gets the answer, though they have hung up on their side.
  const leaving = await machineOf(terminal)
  leaving.socket.end(leaving.write('itemInformation', { at: now() }, [['AB', barcode]]))
  expect(heard((await leaving.line()) ?? Buffer.of()).fixed.circulation).toBe('04')
  expect(await leaving.line()).toBeUndefined()
})

test('who is not known gets nothing; who is revoked gets nothing more', async () => {
  const { id, name, secret } = await addTerminal()
  const { barcode } = await newCopy()
  const stranger = await connectMachine(port)
  machines.push(stranger)
  expect((await checkout(stranger, barcode)).said('AF')).toBe('기기가 등록되지 않았습니다.')
  // Machines that never log in say their secret with every message.
  expect((await checkout(stranger, barcode, card, [])).fixed.ok).toBe('0')
  const byPassword = await stranger.ask('itemInformation', { at: now() }, [
    ['AB', barcode],
    ['AC', secret],
  ])
  expect(byPassword.fixed.circulation).toBe('03')

  const guesser = await connectMachine(port)
  machines.push(guesser)
  const plain = { nameAlgorithm: '0', secretAlgorithm: '0' }
  const login = (fields: [string, string][]) => guesser.ask('login', plain, fields)
  expect(
    (
      await login([
        ['CN', name],
        ['CO', 'wrong'],
      ])
    ).fixed.ok,
  ).toBe('0')
  expect(
    (
      await login([
        ['CN', 'other'],
        ['CO', secret],
      ])
    ).fixed.ok,
  ).toBe('0')
  expect((await login([['CN', name]])).fixed.ok).toBe('0')
  expect(await guesser.line()).toBeUndefined()

  const wrong = await connectMachine(port)
  machines.push(wrong)
  for (let tries = 0; tries < 3; tries++)
    expect((await wrong.ask('itemInformation', { at: now() }, [['AC', `guess ${tries}`]])).said('AJ')).toBe(
      '',
    )
  expect(await wrong.line()).toBeUndefined()

  const machine = await machineOf({ name, secret })
  const told = await machine.ask('itemInformation', { at: now() }, [['AB', barcode]])
  expect(told.fixed.circulation).toBe('03')
  expect(await librarian.api.send('DELETE', `/api/terminals/${id}`)).toMatchObject({ status: 200 })
  machine.raw('97\r')
  expect((await machine.line())?.toString()).toBe('96')
  expect((await checkout(machine, barcode)).said('AF')).toBe('기기가 등록되지 않았습니다.')
  expect(await librarian.api.send('DELETE', `/api/terminals/${id}`)).toMatchObject({ status: 404 })
  const json = { name, place: '새 기기', charset: 'utf-8', asksPassword: false, takesPayments: false }
  const key = 'terminal-of-the-same-name'
  const first = expectBody(await librarian.api.post('/api/terminals', { key, json }), 201, Added)
  const second = expectBody(await librarian.api.post('/api/terminals', { key, json }), 201, Added)
  expect([second.id, second.secret]).toEqual([first.id, null])
  expect(await librarian.api.post('/api/terminals', { key: true, json })).toMatchObject({
    code: 'terminal_name_taken',
  })
  expect(await minji.api.get('/api/terminals')).toMatchObject({ status: 403 })
  const terminals = await librarian.api.get('/api/terminals')
  expect([terminals.status, JSON.stringify(terminals.body).includes(first.secret ?? secret)]).toEqual([
    200,
    false,
  ])
  const messages = await system.metric('library_self_check_messages_total')
  expect(messages.get('{message="login",outcome="refused"}')).toBe(3)
  expect(messages.get('{message="checkout",outcome="ok"}')).toBeGreaterThan(5)
})

test('services in other processes are asked the same over HTTP, and nobody else may ask', async () => {
  const { bookId, barcode } = await newCopy('떨어져 있는 책')
  const away = createPeer({ name: 'others', url: system.url, token: CREDENTIAL })
  const { identity, book } = system.services
  const log = createLog('silent')
  for (const others of [
    { book: away, identity: away },
    { book, identity },
  ].map((faces) => selfCheckPort({ ...faces, log }))) {
    expect(await others.copy(barcode)).toMatchObject({
      kind: 'copy',
      bookId,
      title: '떨어져 있는 책',
      state: 'available',
    })
    expect(await others.copy('PL/../99')).toEqual({ kind: 'unknown' })
    expect(await others.holds(librarian.id)).toEqual([])
    expect(await others.nameOf(jun.id)).toMatch(/^손님/)
    expect(await others.provePassword(jun.id, PASSWORD)).toBe('right')
    expect(await others.provePassword(jun.id, 'wrong')).toBe('wrong')
  }
  for (const path of [`/internal/copies/${barcode}`, `/internal/patrons/${jun.id}/holds`])
    expect((await fetch(`${system.url}${path}`)).status).toBe(401)
  await away.stop()
  const nobody = selfCheckPort({ book: undefined, identity: away, log })
  expect([await nobody.copy(barcode), await nobody.holds(jun.id), await nobody.nameOf(jun.id)]).toEqual([
    { kind: 'no_answer' },
    'no_answer',
    undefined,
  ])
  expect(await nobody.provePassword(jun.id, PASSWORD)).toBe('no_answer')
})
