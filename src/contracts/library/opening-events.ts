import Type from 'typebox'
import { defineEvent } from '../../platform/events/event.ts'

/** When the library is open. There is one calendar: subject = `opening`, subject version = its version. */

const OpeningFact = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  closedWeekdays: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
    description: '1 Monday … 7 Sunday',
  }),
  closedOnHolidays: Type.Boolean({ description: 'Public holidays of Korea' }),
  days: Type.Array(
    Type.Object({
      day: Type.String({ description: 'ISO date in Seoul' }),
      isOpen: Type.Boolean(),
      reason: Type.String(),
    }),
    { description: 'Single days that differ, those that were over at the change left out' },
  ),
})

export const openingChanged = defineEvent(
  'library.opening.changed',
  1,
  Type.Object(
    { opening: OpeningFact },
    { description: 'The calendar as it is from now on; due dates that were told stay.' },
  ),
)
