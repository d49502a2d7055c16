import Type, { type Static } from 'typebox'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, transact } from '../../../platform/database/database.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { refuseOwn } from '../lending/librarian.ts'
import type { Patron } from '../rules/borrowing.ts'
import { PATRON_CATEGORIES } from '../rules/policy.ts'
import { type CardHolder, lockPatron, savePatron } from '../store/patron-store.ts'

export const PatronSchema = Type.Object({
  id: Type.String(),
  card: Type.String({ description: 'The number on the member’s card' }),
  category: Type.Enum(PATRON_CATEGORIES),
  state: Type.Enum(['active', 'inactive']),
  blockedReason: orNull(Type.String(), 'Null: may borrow'),
})
export type PatronView = Static<typeof PatronSchema>

/** A patron as librarians see them. */
export const patronView = ({ id, card, category, state, blockedReason }: CardHolder): PatronView => ({
  id,
  card,
  category,
  state,
  blockedReason,
})

/** A librarian puts a patron into another category, blocks them with a reason, or unblocks them. Refusals: not_found, own_account. */
export async function changePatron(
  { db, clock }: { db: Db; clock: Clock },
  { librarianId, patronId }: { librarianId: string; patronId: string },
  change: Partial<Pick<Patron, 'category' | 'blockedReason'>>,
): Promise<{ kind: 'patron'; patron: CardHolder } | Refused<'not_found' | 'own_account'>> {
  const own = refuseOwn(librarianId, patronId)
  if (own) return own
  return transact<{ kind: 'patron'; patron: CardHolder } | Refused<'not_found' | 'own_account'>>(
    db,
    async (tx) => {
      const patron = await lockPatron(tx, patronId)
      if (!patron) return refused('not_found')
      const changed = { ...patron, ...change }
      await savePatron(tx, changed)
      await writeAudit(tx, clock.now(), {
        actorId: librarianId,
        action: 'patron.changed',
        subject: { type: 'patron', id: patronId },
        reason: change.blockedReason ?? undefined,
        before: standingOf(patron),
        after: standingOf(changed),
      })
      return { kind: 'patron', patron: changed }
    },
  )
}

const standingOf = ({ category, blockedReason }: Patron) => ({ category, blockedReason })
