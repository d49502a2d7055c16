import Type from 'typebox'
import { defineEvent } from '../../platform/events/event.ts'
import { Id, Instant } from '../values.ts'

/** What the queue for a title tells. Subject = hold id, subject version = the hold row's `version`. */

const HoldFact = Type.Object({ holdId: Id, bookId: Id, patronId: Id, title: Type.String() })

export const holdPlaced = defineEvent(
  'library.hold.placed',
  1,
  Type.Object({ hold: HoldFact }, { description: 'Somebody waits for a copy of a title.' }),
)

export const holdShelved = defineEvent(
  'library.hold.shelved',
  1,
  Type.Object(
    { hold: HoldFact, until: Instant },
    { description: 'A copy stands on the hold shelf for the patron, until the end of a day.' },
  ),
)

export const holdCollected = defineEvent(
  'library.hold.collected',
  1,
  Type.Object({ hold: HoldFact }, { description: 'The patron took the copy.' }),
)

export const holdExpired = defineEvent(
  'library.hold.expired',
  1,
  Type.Object(
    { hold: HoldFact },
    { description: 'The patron did not come in time; the copy goes to the next one.' },
  ),
)

export const holdCancelled = defineEvent(
  'library.hold.cancelled',
  1,
  Type.Object({ hold: HoldFact }, { description: 'The patron waits no more, or the title is lent no more.' }),
)

export const holdRequeued = defineEvent(
  'library.hold.requeued',
  1,
  Type.Object(
    { hold: HoldFact },
    { description: 'The copy that was kept cannot be found; the patron waits again, in the old place.' },
  ),
)

export const holdRestored = defineEvent(
  'library.hold.restored',
  1,
  Type.Object(
    { hold: HoldFact, until: Instant },
    {
      description:
        'The loan that collected it was a slip of the hand: the copy stands on the hold shelf again, until when it did.',
    },
  ),
)
