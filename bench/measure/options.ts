/** What every benchmark is told on the command line. */
export interface BenchOptions {
  /** Invented items and orders in the database. */
  readonly items: number
  readonly orders: number
  /** How long each side of a comparison is measured, in seconds. */
  readonly seconds: number
  /** Requests under way at the same time. */
  readonly clients: number
  /** Subscriptions in the database, and how many of them have to be charged today. */
  readonly subscriptions: number
  readonly due: number
  /** Charges on their way at once while a billing run is measured with a bank that answers at once. */
  readonly concurrency: number
  /** Titles in the catalogue of the library. */
  readonly books: number
  /** What carries events that are measured: the database of one process, or a broker between services apart. */
  readonly over: 'postgres' | 'kafka'
}
