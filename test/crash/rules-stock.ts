import { evidenceOf, PAID_STATES, type Rule, type Situation, sumOf, type Violation } from './violation.ts'

function soldPieces({ snapshot }: Situation): Map<string, number> {
  const paid = new Set(snapshot.orders.filter(({ state }) => PAID_STATES.includes(state)).map(({ id }) => id))
  const sold = new Map<string, number>()
  for (const { orderId, itemId, quantity } of snapshot.lines)
    if (paid.has(orderId)) sold.set(itemId, (sold.get(itemId) ?? 0) + quantity)
  return sold
}

/** Nothing is held any more, and what is missing from the shelves is exactly what was sold. */
export const stockMatchesSales: Rule = (situation) => {
  const sold = soldPieces(situation)
  const { snapshot, initialStock } = situation
  const holds: Violation[] = snapshot.holds.map((hold) => ({
    rule: 'a stock hold is left over',
    about: `order ${hold.orderId}`,
    evidence: evidenceOf(
      hold,
      snapshot.orders.find(({ id }) => id === hold.orderId),
    ),
  }))
  const items = snapshot.stock.flatMap((row): Violation[] => {
    const about = `item ${row.itemId}`
    const expected = (initialStock.get(row.itemId) ?? 0) - (sold.get(row.itemId) ?? 0)
    const evidence = evidenceOf(row, {
      initial: initialStock.get(row.itemId),
      sold: sold.get(row.itemId) ?? 0,
    })
    if (row.held !== 0) return [{ rule: 'pieces are held for nobody', about, evidence }]
    return row.onHand === expected ? [] : [{ rule: 'stock is not what was sold', about, evidence }]
  })
  return [...holds, ...items]
}

/** The catalogue's sales count, kept by events, is exactly what was paid and not given back. */
export const salesCountsAreExact: Rule = (situation) => {
  const sold = soldPieces(situation)
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

/** The test itself moved goods: without it the stock rules would prove nothing. */
export function piecesSold(situation: Situation): number {
  return sumOf([...soldPieces(situation).values()], (pieces) => pieces)
}
