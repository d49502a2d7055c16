import { setTimeout as pause } from 'node:timers/promises'
import { sipMoment } from '../../../src/library/borrow/sip/wire/dates.ts'
import { WORDS } from '../../../src/library/borrow/sip/words.ts'
import { connectMachine, type Heard, lending, type Machine } from '../../library/self-check-machine.ts'
import { surprise, type Trouble } from '../people/insist.ts'
import { noteLoan, noteReturn } from './acknowledged.ts'
import { cardOf } from './desk.ts'
import type { Person } from './people.ts'
import { think, type Visit, waitUntilSettled } from './steps.ts'
import { asTerminal } from './views.ts'

/** A self-check machine, and what stands before it: by the number of the visit, a copy of its own. */
export interface SelfCheck {
  port: number
  secret: string
  copies: ReadonlyMap<number, { bookId: string; barcode: string }>
}

const NAME = 'crash-kiosk'
const ONE_TRY_MS = 20_000
/** Shorter than the ten minutes in which a machine that asks again is answered alike. */
const PATIENCE_MS = 150_000
const OVER_LIMIT = '빌릴 수 있는 권수를 넘습니다.'

/** Lets the machine log in from now on. @returns its secret */
export async function addMachine(desk: Person): Promise<string> {
  const json = { name: NAME, place: '1층', charset: 'utf-8', asksPassword: false, takesPayments: false }
  const key = 'crash-library-machine'
  const answer = await desk.send({ method: 'POST', path: '/api/terminals', json, key })
  const secret = asTerminal(answer.body)?.secret
  if (answer.status !== 201 || secret === undefined) throw surprise('a machine', answer)
  return secret
}

/** A reader borrows a copy at the machine, and mostly puts it back into it. Each line is sent until it is answered. */
export async function byMachine(visit: Visit): Promise<string> {
  const { house, reader, plan } = visit
  const { log, selfCheck } = house
  const copy = selfCheck.copies.get(plan.number)
  if (copy === undefined) throw new Error(`there is no copy for visit ${plan.number}`)
  const { bookId, barcode } = copy
  const card = await cardOf(visit)
  await think(visit)
  const at = Temporal.Now.instant()
  const checkout = () =>
    insist(house, (machine) =>
      machine.ask('checkout', lending(at), [
        ['AA', card],
        ['AB', barcode],
      ]),
    )
  const lent = await checkout()
  if (lent.fixed.ok !== '1') {
    if (lent.said('AF') === OVER_LIMIT) return 'refused: over_limit'
    throw new Error(`the machine lent nothing: ${lent.said('AF')}`)
  }
  const id = lent.said('BK')
  const loan = { id, patronId: reader.id, book: { id: bookId }, quantity: 1, out: 0, renewals: 0 }
  noteLoan(log, { ...loan, state: 'pending' })
  log.scanned.set(id, { barcode, isBack: false })
  // As a machine does that was switched off before it had read the answer.
  if (plan.random() < 0.5) {
    const again = await checkout()
    if (again.said('BK') !== id) throw new Error(`loan ${id} is ${again.said('BK')} when it is asked again`)
  }
  const settled = await waitUntilSettled({ ...visit, reader: house.desk }, { ...loan, state: 'pending' })
  if (settled.out !== 1) throw new Error(`loan ${id} of a copy in hand is ${settled.state}`)
  if (plan.random() < 0.3) return 'lent by the machine'
  await think(visit)
  const returnedAt = sipMoment(Temporal.Now.instant())
  const back = await insist(house, (machine) =>
    machine.ask('checkin', { noBlock: 'N', at: returnedAt, returnedAt }, [['AB', barcode]]),
  )
  if (back.fixed.ok !== '1') throw new Error(`the machine took nothing back: ${back.said('AF')}`)
  noteReturn(log, { loan: { ...loan, state: 'returned' }, returnNo: 1, copies: 1, fee: 0 })
  log.scanned.set(id, { barcode, isBack: true })
  return 'taken back by the machine'
}

/** Logs in and says something until it is answered with more than “later”. */
async function insist(
  { selfCheck, trouble }: { selfCheck: SelfCheck; trouble: Trouble },
  say: (machine: Machine) => Promise<Heard>,
): Promise<Heard> {
  const deadline = performance.now() + PATIENCE_MS
  for (let everyMs = 50; ; everyMs = Math.min(1_000, everyMs * 2)) {
    const answer = await once(selfCheck, say).catch(() => undefined)
    if (answer && answer.said('AF') !== WORDS.try_later.ko) return answer
    if (answer) trouble.unavailable++
    else trouble.connection++
    if (performance.now() > deadline) throw new Error('the machine is not answered')
    await pause(everyMs)
  }
}

async function once({ port, secret }: SelfCheck, say: (machine: Machine) => Promise<Heard>): Promise<Heard> {
  const machine = await connectMachine(port)
  const tooLong = setTimeout(machine.hangUp, ONE_TRY_MS)
  try {
    const login = await machine.ask('login', { nameAlgorithm: '0', secretAlgorithm: '0' }, [
      ['CN', NAME],
      ['CO', secret],
    ])
    // Its secret is right: whoever refuses it cannot look it up now.
    if (login.fixed.ok !== '1') throw new Error('the machine is not let in')
    return await say(machine)
  } finally {
    clearTimeout(tooLong)
    machine.hangUp()
  }
}
