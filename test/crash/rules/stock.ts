import { evidenceOf, PAID_STATES, type Rule, type Situation, type Violation } from './violation.ts'

type Pieces = Situation['snapshot']['lines'][number]

function piecesBy(rows: readonly Pieces[], nameOf: (row: Pieces) => string): Map<string, number> {
  const pieces = new Map<string, number>()
  for (const row of rows) pieces.set(nameOf(row), (pieces.get(nameOf(row)) ?? 0) + row.quantity)
  return pieces
}

/** @param back what of a sold line does not count any more */
function soldPieces({ snapshot }: Situation, back: 'givenBack' | 'restocked'): Map<string, number> {
  const paid = new Set(snapshot.orders.filter(({ state }) => PAID_STATES.includes(state)).map(({ id }) => id))
  return piecesBy(
    snapshot.lines
      .filter(({ orderId }) => paid.has(orderId))
      .map((line) => ({ ...line, quantity: line.quantity - (line[back] ?? 0) })),
    ({ itemId }) => itemId,
  )
}

const HELD = 'what is held is not what waits'

/** Only orders that wait for their payment hold pieces, each exactly its own, and `stock.held` is their sum. */
export const holdsMatchWaitingOrders: Rule = ({ snapshot }) => {
  const waiting = new Set(
    snapshot.orders.filter(({ state }) => state === 'awaiting_payment').map(({ id }) => id),
  )
  const wanted = piecesBy(
    snapshot.lines.filter(({ orderId }) => waiting.has(orderId)),
    ({ orderId, itemId }) => `order ${orderId}, item ${itemId}`,
  )
  const held = piecesBy(snapshot.holds, ({ orderId, itemId }) => `order ${orderId}, item ${itemId}`)
  const sums = piecesBy(snapshot.holds, ({ itemId }) => itemId)
  const holds = [...new Set([...wanted.keys(), ...held.keys()])].flatMap((about): Violation[] => {
    const numbers = { wanted: wanted.get(about) ?? 0, held: held.get(about) ?? 0 }
    return numbers.wanted === numbers.held ? [] : [{ rule: HELD, about, evidence: evidenceOf(numbers) }]
  })
  const items = snapshot.stock.flatMap((row): Violation[] => {
    const sum = sums.get(row.itemId) ?? 0
    const about = `item ${row.itemId}`
    return row.held === sum ? [] : [{ rule: HELD, about, evidence: evidenceOf(row, { holds: sum }) }]
  })
  return [...holds, ...items]
}

/** What is missing from the shelves is exactly what was sold. */
export const stockMatchesSales: Rule = (situation) => {
  const sold = soldPieces(situation, 'restocked')
  const { snapshot, initialStock } = situation
  return snapshot.stock.flatMap((row): Violation[] => {
    const numbers = { initial: initialStock.get(row.itemId) ?? 0, sold: sold.get(row.itemId) ?? 0 }
    return row.onHand === numbers.initial - numbers.sold
      ? []
      : [
          {
            rule: 'stock is not what was sold',
            about: `item ${row.itemId}`,
            evidence: evidenceOf(row, numbers),
          },
        ]
  })
}

/** The catalogue's sales count, kept by events, is exactly what was paid and not given back. */
export const salesCountsAreExact: Rule = (situation) => {
  const sold = soldPieces(situation, 'givenBack')
  return situation.snapshot.stock.flatMap((row) =>
    row.sales === (sold.get(row.itemId) ?? 0)
      ? []
      : [
          {
            rule: 'sales count is wrong',
            about: `item ${row.itemId}`,
            evidence: evidenceOf({ counted: row.sales, sold: sold.get(row.itemId) ?? 0 }),
          },
        ],
  )
}
