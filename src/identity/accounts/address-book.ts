import { randomUUID } from 'node:crypto'
import { isUniqueViolation, type Tx, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { type Addressee, checkAddressee } from '../rules/account.ts'
import {
  columnsOf,
  freePlace,
  lockAccount,
  type SavedAddress,
  savedAddresses,
  setDefault,
} from '../store/saved-addresses.ts'
import { identity } from '../store/tables.ts'

type AddressContext = Pick<Context, 'db' | 'clock'>

/** What stands in the book afterwards, the default first. */
interface Book {
  kind: 'kept'
  addresses: SavedAddress[]
}

/**
 * Puts an address into the caller's book. One that stands there already stays as it is, so a repeat changes nothing. The
 * first one is the default, whatever was asked.
 * Refusals: invalid_request (fields), address_book_full, not_found (account gone).
 */
export async function addAddress(
  { db, clock }: AddressContext,
  actor: Actor,
  { isDefault, ...typed }: Addressee & { isDefault?: boolean | undefined },
): Promise<
  (Book & { added: SavedAddress }) | Refused<'invalid_request' | 'address_book_full' | 'not_found'>
> {
  const checked = checkAddressee(typed)
  if (checked.kind === 'refused') return checked
  return transact<(Book & { added: SavedAddress }) | Refused<'address_book_full' | 'not_found'>>(
    db,
    async (tx) => {
      if (!(await lockAccount(tx, actor.userId))) return refused('not_found')
      const known = await savedAddresses(tx, actor.userId)
      const same = known.find((one) => isSame(one, checked.addressee))
      const place = same ? undefined : await freePlace(tx, actor.userId)
      if (!same && place === undefined) return refused('address_book_full')
      const id = same?.id ?? randomUUID()
      if (place !== undefined) {
        const row = { id, account_id: actor.userId, place, is_default: false, saved_at: clock.now() }
        await identity(tx)
          .insertInto('identity.saved_address')
          .values({ ...row, ...columnsOf(checked.addressee) })
          .execute()
      }
      if (isDefault || known.length === 0) await setDefault(tx, actor.userId, id)
      const addresses = await savedAddresses(tx, actor.userId)
      const added = addresses.find((one) => one.id === id)
      if (!added) throw new Error(`address ${id} is not in the book it was put into`)
      return { kind: 'kept', addresses, added }
    },
  )
}

function isSame(one: Addressee, other: Addressee): boolean {
  const [left, right] = [columnsOf(one), columnsOf(other)]
  return JSON.stringify(left) === JSON.stringify(right)
}

/**
 * Writes an entry of the caller's book anew.
 * Refusals: invalid_request (fields), not_found (also for somebody else's), address_saved_already (as another entry).
 */
export async function changeAddress(
  { db }: AddressContext,
  actor: Actor,
  id: string,
  typed: Addressee,
): Promise<Book | Refused<'invalid_request' | 'not_found' | 'address_saved_already'>> {
  const checked = checkAddressee(typed)
  if (checked.kind === 'refused') return checked
  try {
    return await onEntry(db, actor, id, async (tx) => {
      await identity(tx)
        .updateTable('identity.saved_address')
        .set(columnsOf(checked.addressee))
        .where('id', '=', id)
        .execute()
    })
  } catch (error) {
    if (isUniqueViolation(error, 'saved_address_once')) return refused('address_saved_already')
    throw error
  }
}

/** Forms begin with this entry from now on. Refusals: not_found (also for somebody else's). */
export async function preferAddress(
  { db }: AddressContext,
  actor: Actor,
  id: string,
): Promise<Book | Refused<'not_found'>> {
  return onEntry(db, actor, id, (tx) => setDefault(tx, actor.userId, id))
}

/**
 * Takes an entry out of the caller's book; of those left the oldest is the default, if it was this one.
 * Refusals: not_found (also for somebody else's).
 */
export async function removeAddress(
  { db }: AddressContext,
  actor: Actor,
  id: string,
): Promise<Book | Refused<'not_found'>> {
  return onEntry(db, actor, id, async (tx) => {
    await identity(tx).deleteFrom('identity.saved_address').where('id', '=', id).execute()
    const [first] = await savedAddresses(tx, actor.userId)
    if (first && !first.isDefault) await setDefault(tx, actor.userId, first.id)
  })
}

/** Changes one entry of the caller's, while nobody else changes the book. */
function onEntry(
  db: Context['db'],
  actor: Actor,
  id: string,
  change: (tx: Tx) => Promise<void>,
): Promise<Book | Refused<'not_found'>> {
  return transact<Book | Refused<'not_found'>>(db, async (tx) => {
    if (!(await lockAccount(tx, actor.userId))) return refused('not_found')
    const known = await savedAddresses(tx, actor.userId)
    if (!known.some((one) => one.id === id)) return refused('not_found')
    await change(tx)
    return { kind: 'kept', addresses: await savedAddresses(tx, actor.userId) }
  })
}
