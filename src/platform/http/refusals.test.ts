import { expect, it } from 'vitest'
import type { Refused } from '../refusal.ts'
import { refusalsOf } from './app.ts'
import { platformProblems } from './platform-problems.ts'

const { not_found, request_in_progress, idempotency_key_reused } = platformProblems

type Ends = (
  id: string,
) => Promise<
  { kind: 'ended' } | Refused<'not_found'> | Refused<'request_in_progress' | 'idempotency_key_reused'>
>

it('names every code of a use case under its status, beside what the audience may be answered', () => {
  const responses = refusalsOf<Ends>({ not_found, request_in_progress, idempotency_key_reused }, 401)
  expect(Object.entries(responses).map(([status, { description }]) => [status, description])).toEqual([
    ['400', 'The request is not valid'],
    ['401', 'Not signed in, or the access token has expired'],
    ['404', 'Not found, or not yours: `not_found`'],
    ['409', 'Not possible in the current state: `request_in_progress`'],
    ['422', 'Understood but refused: `idempotency_key_reused`'],
  ])
})

it('names what is answered before, where the use case has a code of the same status', () => {
  const { not_signed_in } = platformProblems
  const named = (...others: number[]) =>
    refusalsOf<() => Refused<'not_signed_in'>>({ not_signed_in }, ...others)[401]?.description
  expect(named(401)).toMatch(/: `not_signed_in`, `token_expired`$/)
  expect(named()).toMatch(/: `not_signed_in`$/)
})

it('does not compile with a code too few or too many, or without codes', () => {
  // @ts-expect-error idempotency_key_reused is missing
  refusalsOf<Ends>({ not_found, request_in_progress })
  // @ts-expect-error the use case never refuses so
  refusalsOf<() => Refused<'not_found'>>({ not_found, request_in_progress })
  // @ts-expect-error its type does not say how it refuses
  refusalsOf<() => { kind: 'done' } | Refused>({ not_found })
})
