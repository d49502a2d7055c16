/** What every benchmark is told on the command line. */
export interface BenchOptions {
  /** Invented items and orders in the database. */
  readonly items: number
  readonly orders: number
  /** How long each side of a comparison is measured, in seconds. */
  readonly seconds: number
  /** Requests under way at the same time. */
  readonly clients: number
}
