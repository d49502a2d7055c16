import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { untilDashboard } from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { signIn } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { Profile } from '../support/views.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({ demo: true })
})
afterAll(() => system?.stop())

it('shows the demo customer loans in every state, in step with the stock', async () => {
  const account = DEMO_ACCOUNTS.find(({ role }) => role === 'customer')
  const { tokens, api } = await signIn(system, account?.email ?? '', account?.password)
  const { id } = expectBody(await api.get('/api/users/me'), 200, Profile)
  const customer = { id, email: account?.email ?? '', tokens, api }
  // On the way there it has been 4 before: one loan is waiting for its copies while another comes back.
  const isSettled = ({ borrowed, pending }: { borrowed: number; pending: number }) =>
    borrowed === 4 && pending === 0
  const seen = await untilDashboard(customer, 'the demo loans', isSettled)
  expect(seen).toMatchObject({ lateFees: 1_000 })
  // Somebody else has every copy of a title: its page says when the next is due.
  const out = { available: false, sort: 'title', page: 1, size: 10 } as const
  const { books } = await until(
    async () => {
      const list = await system.services.book.pages.list(out)
      return list.totalElements === 2 && list
    },
    { deadlineMs: 20_000, what: 'two titles to be all on loan' },
  )
  const due = await system.services.borrow.pages.nextDue(books.map(({ id: bookId }) => bookId))
  expect(due.size).toBe(2)
  const page = await fetch(`${system.url}/library/books/${books[0]?.id}`)
  expect(await page.text()).toContain('반납 예정')
})
