/** A copy as the catalogue knows it. */
export type CopyKnown =
  | {
      readonly kind: 'copy'
      readonly bookId: string
      readonly title: string
      readonly callNumber: string
      readonly state: 'available' | 'on_loan' | 'on_shelf' | 'lost' | 'damaged' | 'withdrawn'
      readonly loanId: string | null
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'no_answer' }

/** A hold of a patron as the catalogue knows it; the barcode is that of the copy on the hold shelf. */
export interface HoldKnown {
  readonly title: string
  readonly state: 'waiting' | 'shelved'
  readonly barcode: string | null
}

/** What self-check machines need of other services. Nothing of it fails: whoever is away gives no answer. */
export interface SelfCheckPort {
  copy(barcode: string): Promise<CopyKnown>
  /** A patron's open holds. */
  holds(patronId: string): Promise<readonly HoldKnown[] | 'no_answer'>
  /** What somebody wants to be called; undefined also when nobody answers. */
  nameOf(patronId: string): Promise<string | undefined>
  /** Whether it is the password of their account. */
  provePassword(patronId: string, password: string): Promise<'right' | 'wrong' | 'no_answer'>
}
