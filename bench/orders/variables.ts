/** An order's number is eight digits of its day and six characters. */
const ORDER_NUMBER = /^\d{8}-.{6}$/
const DIGITS = 12

/** What pgbench sets before each transaction whose statements have so many unique texts. */
export function preludeOf(count: number): string[] {
  return [
    ...Array.from(
      { length: count },
      (_, n) => String.raw`\set bench_${n} random(1${'0'.repeat(DIGITS - 1)}, ${'9'.repeat(DIGITS)})`,
    ),
    String.raw`\set bench_day random(10000000, 99999999)`,
    String.raw`\set bench_number random(100000, 999999)`,
  ]
}

/**
 * Statements with variables in the place of everything that may exist only once: the last digits of ids and keys, and
 * numbers of orders. A lock of the one customer is no lock any more: else every client would wait for it, as real customers
 * do not.
 */
export function withVariables(
  statements: readonly string[],
  unique: readonly string[],
  customerId: string,
): string[] {
  const variable = (text: string, n: number) =>
    ORDER_NUMBER.test(text) ? ':bench_day-:bench_number' : `${text.slice(0, -DIGITS)}:bench_${n}`
  return statements.map((statement) =>
    unique
      .reduce((text, one, n) => text.replaceAll(one, variable(one, n)), statement)
      .replaceAll(`orders.customer:${customerId}`, `orders.customer:${customerId.slice(0, -DIGITS)}:bench_0`),
  )
}
