import type { Db, Tx } from '../../platform/database/database.ts'
import type { Addressee } from '../rules/account.ts'
import { type IdentityTables, identity } from './tables.ts'

/** An entry of somebody's address book. */
export interface SavedAddress extends Addressee {
  id: string
  /** The one that forms begin with; a book with anything in it has exactly one. */
  isDefault: boolean
}

/** As many as the database has places for. */
export const MOST_ADDRESSES = 20

/** One's own address book: the default first, then in the order they were saved. */
export async function savedAddresses(db: Db | Tx, accountId: string): Promise<SavedAddress[]> {
  const rows = await identity(db)
    .selectFrom('identity.saved_address')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('is_default', 'desc')
    .orderBy('saved_at')
    .orderBy('id')
    .execute()
  return rows.map(addressFrom)
}

/** Lets whoever changes the same book wait. False: the account is not there any more. */
export async function lockAccount(tx: Tx, accountId: string): Promise<boolean> {
  const account = await identity(tx)
    .selectFrom('identity.account')
    .select('id')
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .forUpdate()
    .executeTakeFirst()
  return account !== undefined
}

/** The lowest place nothing stands at; undefined when the book is full. */
export async function freePlace(tx: Tx, accountId: string): Promise<number | undefined> {
  const rows = await identity(tx)
    .selectFrom('identity.saved_address')
    .select('place')
    .where('account_id', '=', accountId)
    .execute()
  const taken = new Set(rows.map(({ place }) => place))
  return Array.from({ length: MOST_ADDRESSES }, (_, index) => index + 1).find((place) => !taken.has(place))
}

/** An addressee as columns. */
export function columnsOf({ name, phone, address }: Addressee) {
  return {
    name,
    phone,
    city: address.city,
    address_detail: address.detail,
    postal_code: address.postalCode,
  }
}

/** Makes one entry the default, and none of the others. */
export async function setDefault(tx: Tx, accountId: string, id: string): Promise<void> {
  // In this order: at no moment are there two.
  await identity(tx)
    .updateTable('identity.saved_address')
    .set({ is_default: false })
    .where('account_id', '=', accountId)
    .where('is_default', '=', true)
    .where('id', '<>', id)
    .execute()
  await identity(tx)
    .updateTable('identity.saved_address')
    .set({ is_default: true })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute()
}

function addressFrom(row: IdentityTables['identity.saved_address']): SavedAddress {
  return {
    id: row.id,
    name: row.name,
    phone: row.phone,
    address: { city: row.city, detail: row.address_detail, postalCode: row.postal_code },
    isDefault: row.is_default,
  }
}
