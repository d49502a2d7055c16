import Type from 'typebox'
import { type App, actorOf, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { Day, orNull } from '../../../platform/http/schemas.ts'
import { changeOpening } from '../desk/change-opening.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { DESK } from '../lending/librarian.ts'
import { borrowProblems } from '../problems.ts'
import { closedDays, firstOpening, longClosings } from '../rules/opening.ts'
import { currentOpening, type StoredOpening } from '../store/opening-store.ts'

const { invalid_request } = platformProblems
const { opening_changed_meanwhile } = borrowProblems

const MOST_DAYS = 400
const DAYS_SHOWN = 62
/** Days on end: more than holidays make of themselves. */
const LONG = 7

const Weekdays = Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
  maxItems: 7,
  description: 'On which it never opens: 1 Monday … 7 Sunday',
})

const OpeningSchema = Type.Object({
  version: Type.Integer({ minimum: 0 }),
  closedWeekdays: Weekdays,
  closedOnHolidays: Type.Boolean({ description: 'Public holidays of Korea' }),
  days: Type.Array(Type.Object({ day: Day(), isOpen: Type.Boolean(), reason: Type.String() }), {
    description: 'Single days that differ',
  }),
  closedDays: Type.Array(
    Type.Object({
      day: Day(),
      reason: orNull(Type.String(), 'Null: one of the weekdays on which it never opens'),
    }),
    { description: `All closed days of the next ${DAYS_SHOWN} days` },
  ),
  longClosings: Type.Array(
    Type.Object({
      from: Day(),
      days: Type.Integer({ minimum: LONG }),
      opensOn: orNull(Day(), 'What would be due meanwhile is due then; null: not within a year'),
    }),
    { description: `Closings of ${LONG} days and more that single days make` },
  ),
})

/** When the library is open: for everybody to read, for librarians to say. */
export function openingRoutes(app: App, deps: LendingDeps): void {
  const { db, clock, calendar } = deps
  const viewOf = (opening: StoredOpening) => ({
    version: opening.version,
    closedWeekdays: [...opening.closedWeekdays],
    closedOnHolidays: opening.closedOnHolidays,
    days: opening.days.map((day) => ({ ...day })),
    closedDays: closedDays(opening, clock.today(), DAYS_SHOWN).map((day) => ({ ...day })),
    longClosings: longClosings(opening, clock.today(), LONG).map((closing) => ({ ...closing })),
  })
  app.route({
    method: 'GET',
    url: '/api/loans/opening',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'getOpening',
      tags: ['loans'],
      summary: 'When the library is open',
      response: { 200: OpeningSchema },
    },
    handler: async () => viewOf((await currentOpening(db)) ?? { version: 0, ...firstOpening(calendar) }),
  })
  app.route({
    method: 'PUT',
    url: '/api/loans/opening',
    config: { audience: DESK },
    schema: {
      operationId: 'changeOpening',
      tags: ['desk'],
      summary: 'Say when the library is open; due dates that were told to patrons stay',
      body: Strict({
        version: Type.Integer({ minimum: 0, description: 'The version that was seen' }),
        closedWeekdays: Weekdays,
        closedOnHolidays: Type.Boolean(),
        days: Type.Array(
          Strict({
            day: Type.String({ format: 'date', maxLength: 10 }),
            isOpen: Type.Boolean(),
            reason: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' }),
          }),
          { maxItems: MOST_DAYS },
        ),
      }),
      response: {
        200: Type.Object({
          ...OpeningSchema.properties,
          loansDueWhenClosed: Type.Integer({
            description: 'Loans that are due on days this change has closed; their due dates stay',
          }),
        }),
        ...refusalsOf<typeof changeOpening>({ invalid_request, opening_changed_meanwhile }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { version: seen, ...wanted } = request.body
      const result = await changeOpening(deps, { seen, wanted, byId: actorOf(request).userId })
      if (result.kind === 'refused') return reply.refuse(result)
      return { ...viewOf(result.opening), loansDueWhenClosed: result.loansDueWhenClosed }
    },
  })
}
