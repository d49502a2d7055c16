import type { ReactNode } from 'react'

/** One column of a list. */
export interface Column<Row> {
  readonly id: string
  readonly header: string
  /** What stands in the file of a CSV, and in the cell unless `cell` says otherwise. */
  text(row: Row): string | number
  cell?(row: Row): ReactNode
  /** Figures stand right, so that they can be compared. */
  isNumeric?: boolean
  /** How the API calls this order, upwards and downwards. */
  sort?: { readonly up?: string; readonly down?: string }
}

/** A page of a list as the API gives it: numbered, from one place on, or all there is. */
export interface ListPage<Row> {
  readonly data: readonly Row[]
  readonly page?: NumberedPage | PlacedPage | undefined
}

interface NumberedPage {
  readonly number: number
  readonly size: number
  readonly totalElements: number
  readonly totalPages: number
}

interface PlacedPage {
  readonly size: number
  /** Where the next page begins. */
  readonly next: string | null
}

/** What a list is asked for. */
export interface Asked {
  /** From 1. */
  readonly page: number
  /** `next` of the page before. */
  readonly after: string | undefined
  readonly size: number
  readonly sort: string | undefined
  /** The value of a filter. */
  filter(name: string): string | undefined
}

/** A filter above a list; its value stands in the address. */
export type Filter =
  | { readonly name: string; readonly label: string; readonly kind: 'text' | 'date' }
  | {
      readonly name: string
      readonly label: string
      readonly kind: 'choice'
      /** Chosen where the address says nothing; without it there is also "all". */
      readonly initially?: string
      readonly choices: readonly { readonly value: string; readonly label: string }[]
    }

/** The size of a page, where the address says nothing else. */
const USUAL_SIZE = 50
const MOST_ROWS_A_PAGE = 100

export function askedBy(search: Readonly<Record<string, unknown>>): Asked {
  const text = (name: string) => {
    const value = search[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const whole = (name: string, usual: number) => {
    const value = Number(text(name) ?? usual)
    return Number.isInteger(value) && value > 0 ? value : usual
  }
  return {
    page: whole('page', 1),
    after: text('after'),
    size: Math.min(whole('size', USUAL_SIZE), MOST_ROWS_A_PAGE),
    sort: text('sort'),
    filter: text,
  }
}
