import { sql } from 'kysely'
import type { Db } from '../src/platform/database/database.ts'
import { allHandled, type CheckoutBooks, countCheckouts, countPieces } from './checkout/checkout-books.ts'
import { type CapturedCheckout, captureCheckouts, counted, type Step } from './checkout/checkout-capture.ts'
import type { Bought } from './checkout/generator.ts'
import { openTill, type Till } from './checkout/till.ts'
import { runYardsticks } from './checkout/yardsticks.ts'
import { costLine, meterOf } from './measure/cost.ts'
import {
  equalFigure,
  type Figure,
  leastFigure,
  ownSqlFigure,
  percentile,
  ratioFigure,
} from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'
import { settled } from './orders/order-books.ts'

const CUSTOMERS = 20
const WARM_UP_SECONDS = 4
const LEAST_PER_SECOND = 150
const LEAST = 0.25
/** The least SQL has neither a server nor a bank beside it. */
const LEAST_OF_LEAST = 0.2
/** Purchases whose statements are listened to. */
const CAPTURED = 60
/** Each places an order, begins to pay and is told that it is paid: three events. */
const EVENTS_EACH = 3
const KEYS_EACH = 2

/**
 * Whole purchases over HTTP by 20 customers: order, begin to pay, the provider's page, return, paid, and every event and
 * letter that follows. The bank is simulated, in a process of its own, and answers at once. Afterwards bank, ledger,
 * orders, stock, events and letters must agree.
 */
export async function measureCheckout(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const till = await openTill(shop, CUSTOMERS)
  try {
    const spent = meterOf(shop, shop)
    await till.shop({ seconds: WARM_UP_SECONDS })
    await allHandled(shop.db)
    const bank = await bankOf(shop.db, till)
    const items = till.baskets.flat()
    const [books, pieces, row] = await stateOf(shop.db, till, items, bank)
    const before = await spent()
    const bought = await till.shop({ seconds: options.seconds })
    const paid = await spent()
    const seconds = await allHandled(shop.db)
    const after = await spent()
    const [booksAfter, piecesAfter] = await stateOf(shop.db, till, items, bank)
    const charges = await chargesSince(bank, row)
    const count = bought.times.length
    console.log(costLine('while they were bought', before, paid, count, 'a purchase'))
    console.log(costLine('with all that follows', before, after, count, 'a purchase'))
    console.log(`  everybody had heard of the last one ${seconds.toFixed(1)} s later`)
    await settled(shop.db, till.buyers)
    const { captured, peers, peerBooks } = await inTheDatabase(shop, till, bank, options).finally(() =>
      shop.server.resume(),
    )
    for (const line of countLines(captured)) console.log(`  ${line}`)
    console.log(`  of ${peers.statements.sent} statements ${peers.statements.least} would do`)
    const perSecond = count / (bought.seconds + seconds)
    const since = (of: (books: CheckoutBooks) => number) => of(booksAfter) - of(books)
    return [
      ratioFigure('checkout', perSecond, { name: 'pgbench', perSecond: peers.sent.perSecond }, LEAST),
      ratioFigure(
        'checkout',
        perSecond,
        { name: 'least SQL', perSecond: peers.least.perSecond },
        LEAST_OF_LEAST,
      ),
      ownSqlFigure('checkout', peers.sent.perSecond, peers.least.perSecond),
      leastFigure('checkout, paid a second', count / bought.seconds, LEAST_PER_SECOND, '/s'),
      leastFigure(
        'checkout, all handled a second',
        count / (bought.seconds + seconds),
        LEAST_PER_SECOND,
        '/s',
      ),
      ownWay(bought),
      equalFigure('checkout, steps not answered well', failures(bought), 0),
      equalFigure('answered as paid, orders not paid', count - since((b) => b.paid), 0),
      equalFigure(
        'orders left unpaid',
        since((b) => b.unpaid),
        0,
      ),
      equalFigure(
        'orders not paid exactly once',
        since((b) => b.wrongAttempts),
        0,
      ),
      equalFigure('charges of the bank more or fewer', charges.count - count, 0),
      equalFigure('won at the bank, not in orders', charges.total - since((b) => b.total), 0),
      equalFigure('won in the ledger, not in orders', since((b) => b.ledger) - since((b) => b.total), 0),
      equalFigure(
        'orders whose stock is held still',
        since((b) => b.held),
        0,
      ),
      equalFigure(
        'pieces sold, still on hand',
        since((b) => b.pieces) - (pieces.onHand - piecesAfter.onHand),
        0,
      ),
      equalFigure('pieces sold, not counted', since((b) => b.pieces) - (piecesAfter.sold - pieces.sold), 0),
      equalFigure('stock rows that disagree with holds', piecesAfter.wrongStock, 0),
      equalFigure('events more or fewer', since((b) => b.events) - EVENTS_EACH * count, 0),
      equalFigure('events a subscriber has not handled', booksAfter.unheard, 0),
      equalFigure('letters more or fewer', since((b) => b.letters) - count, 0),
      equalFigure(
        'letters not sent',
        since((b) => b.unsent),
        0,
      ),
      equalFigure('keys more or fewer', since((b) => b.keys) - KEYS_EACH * count, 0),
      equalFigure(
        'pgbench purchases missing',
        peers.sent.transactions + peers.least.transactions - peerBooks.paid,
        0,
      ),
      equalFigure('pgbench purchases not right', peerBooks.wrong, 0),
      equalFigure('pgbench letters more or fewer', peerBooks.letters - peerBooks.paid, 0),
    ]
  } finally {
    till.stop()
  }
}

/** What is measured inside the database, while the server stands still: it would handle these purchases' events itself. */
async function inTheDatabase(shop: Shop, { other, baskets }: Till, bank: string, options: BenchOptions) {
  shop.server.pause()
  const captured = await captureCheckouts(shop, bank, other.id, baskets.slice(0, CAPTURED))
  const before = await countCheckouts(shop.db, [other])
  const pace = { clients: CUSTOMERS, seconds: Math.ceil(options.seconds / 2) }
  const peers = await runYardsticks(shop, captured, other.id, pace)
  const after = await countCheckouts(shop.db, [other])
  const since = (of: (books: CheckoutBooks) => number) => of(after) - of(before)
  const wrong = (books: CheckoutBooks) => books.unpaid + books.wrongAttempts + books.held
  const peerBooks = {
    paid: since((b) => b.paid),
    wrong: since(wrong),
    letters: since((b) => b.letters - b.unsent),
  }
  return { captured, peers, peerBooks }
}

/** What a customer waits for: the page of the bank is theirs to fill in. */
function ownWay({ times, atProvider }: Bought): Figure {
  const waited = times.map((whole, n) => whole - (atProvider[n] ?? 0))
  const ms = (part: number) => `${percentile(waited, part).toFixed(0)} ms`
  return {
    name: 'checkout, waited for, p95',
    measured: ms(0.95),
    yardstick: `half of them ${ms(0.5)}`,
    limit: '–',
    ok: true,
  }
}

function failures({ failed }: Bought): number {
  for (const [step, count] of Object.entries(failed)) console.log(`  not answered well: ${step} (${count})`)
  return Object.values(failed).reduce((sum, count) => sum + count, 0)
}

const stateOf = (db: Db, { buyers }: Till, items: readonly string[], bank: string) =>
  Promise.all([countCheckouts(db, buyers), countPieces(db, items), lastRow(bank)])

/** Where the simulated bank is: it made the pages that customers were sent to. */
async function bankOf(db: Db, { buyers }: Till): Promise<string> {
  const [buyer] = buyers
  const { rows } = await sql<{ redirect_url: string }>`
    select redirect_url from payments.attempt where owner_id = ${buyer?.id} and redirect_url is not null
    order by id desc limit 1`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('nobody was sent to the bank')
  return new URL(row.redirect_url).origin
}

async function journal(bank: string, query: string) {
  const answer = await fetch(`${bank}/journal?${query}`, { headers: { accept: 'application/x-ndjson' } })
  const lines = (await answer.text()).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as { seq: number; total?: number; amount?: number })
}

const lastRow = async (bank: string) => (await journal(bank, '')).at(-1)?.seq ?? 0

async function chargesSince(bank: string, row: number) {
  const charges = await journal(bank, `kind=charge&since=${row}`)
  const total = charges.reduce((sum, { total = 0, amount = total }) => sum + amount, 0)
  return { count: charges.length, total }
}

/** Statements and commits of one purchase, step by step: of the last one, when everything has been prepared. */
function countLines(captured: readonly CapturedCheckout[]): string[] {
  const steps = captured.at(-1)?.steps ?? []
  const line = (name: string, of: readonly Step[]) => {
    const { statements, commits, waiting } = counted(of.flatMap((step) => step.statements))
    return `${name}: ${statements} statements, ${commits} commits, of which ${waiting} wait for the disk`
  }
  return [...steps.map((step) => line(step.name, [step])), line('one purchase', steps)]
}
