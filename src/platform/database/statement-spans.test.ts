import { expect, it } from 'vitest'
import { summaryOf } from './statement-spans.ts'

it.each([
  ['begin', 'begin'],
  ['insert into "payments"."attempt" ("id") values ($1)', 'insert payments.attempt'],
  ['/* planned each time */ select * from catalog.item where name = $1', 'select catalog.item'],
  [
    'with m as (select 1 from payments.method for share) update payments.attempt set a = 1',
    'with payments.method',
  ],
  ['update only library.book set a = 1', 'update library.book'],
  ["select set_config('a', $1, true)", 'select'],
])('%s is told as %s', (text, summary) => {
  expect(summaryOf(text)).toBe(summary)
  expect(summaryOf(text)).toBe(summary)
})
