import type { Identity } from '../../identity/index.ts'
import type { BookSummary, Books } from '../../library/book/index.ts'
import type { DemoLoan, Lending } from '../../library/borrow/index.ts'
import { newId } from '../../platform/ids.ts'
import { demoAccounts } from './accounts.ts'

/** Titles of the demo that others have borrowed to the last copy. */
const TAKEN = 2

/**
 * Loans of the demo customer in every state worth seeing (late, running, in part returned, returned late), and titles
 * of which others have every copy, so that there is something to wait for. Nothing is added to a library in use.
 */
export async function fillDemoLibrary(
  { identity, book, borrow }: { identity: Identity; book: Books; borrow: Lending },
  say: (line: string) => void,
): Promise<void> {
  const account = demoAccounts().find(({ roles }) => roles.length === 1)
  if (!account || !(await identity.hasAccount(account.email))) return
  const customerId = await identity.ensureAccount(account)
  const { books } = await book.pages.list({ available: true, sort: 'newest', page: 1, size: 40 })
  const many = books.filter(({ available }) => available >= 3)
  const [late, running, part, returned, older, ...rest] = many
  if (!late || !running || !part || !returned || !older || rest.length < TAKEN) return
  say('Preparing demo loans')
  const loan = (of: BookSummary, copies: number, daysAgo: number): DemoLoan => ({
    patronId: customerId,
    bookId: of.id,
    title: of.title,
    copies,
    daysAgo,
  })
  const taken = rest.slice(0, TAKEN)
  const others = taken.map((of) => ({ ...loan(of, of.available, 9), patronId: newId() }))
  await borrow.seedDemo([
    { ...loan(older, 1, 60), returned: { copies: 1, daysAgo: 49 } },
    { ...loan(returned, 2, 40), returned: { copies: 2, daysAgo: 16 } },
    loan(late, 1, 20),
    { ...loan(part, 3, 8), returned: { copies: 1, daysAgo: 2 } },
    loan(running, 1, 3),
    ...others,
  ])
}
