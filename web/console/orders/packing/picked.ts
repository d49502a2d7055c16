interface Line {
  readonly itemId: string
  readonly name: string
  readonly enterprise: string
  readonly delivery: { readonly toSend: number }
}

interface Picked extends Pick<Line, 'itemId' | 'name' | 'enterprise'> {
  readonly pieces: number
}

/** What of an order still has to go into a parcel. */
export function linesToPack<L extends Line>({ lines }: { readonly lines: readonly L[] }): L[] {
  return lines.filter(({ delivery }) => delivery.toSend > 0)
}

/** What is to be fetched from the shelves for these orders: each item once, with the pieces of all of them, by name. */
export function pickList(orders: readonly { readonly lines: readonly Line[] }[]): Picked[] {
  const byItem = new Map<string, Picked>()
  for (const { itemId, name, enterprise, delivery } of orders.flatMap(linesToPack)) {
    const pieces = (byItem.get(itemId)?.pieces ?? 0) + delivery.toSend
    byItem.set(itemId, { itemId, name, enterprise, pieces })
  }
  return [...byItem.values()].sort((a, b) => a.name.localeCompare(b.name, 'ko'))
}
