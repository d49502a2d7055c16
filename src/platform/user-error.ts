/** An error whose message is written for the person at the terminal: printed without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError'
}
