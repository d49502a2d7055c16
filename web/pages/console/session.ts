/** What the console is told of who has opened it. */
export interface ConsoleSession {
  /** For the API. */
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly user: { readonly id: string; readonly name: string; readonly roles: readonly string[] }
  /** The process has a library. */
  readonly hasLibrary: boolean
  /** Services in processes of their own, reached below `/api/admin/at/`: each has its own audit, dead letters and changes. */
  readonly apart: readonly ServiceApart[]
}

/** Beside the shop, which answers for itself. */
export type ServiceApart = 'identity' | 'notifications' | 'book' | 'borrow' | 'dashboard'
