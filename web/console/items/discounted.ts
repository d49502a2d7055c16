/** What the server makes of a price: the discount is rounded half up. Tenths of a percent, so that nothing is lost. */
export function discounted(originPrice: number, percent: number): number {
  const permille = Math.round(percent * 10)
  return originPrice - Math.floor((originPrice * permille + 500) / 1_000)
}
