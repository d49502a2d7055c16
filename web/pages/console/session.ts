/** What the console is told of who has opened it. */
export interface ConsoleSession {
  /** For the API. */
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly user: { readonly id: string; readonly name: string; readonly roles: readonly string[] }
  /** The process has a library. */
  readonly hasLibrary: boolean
}
