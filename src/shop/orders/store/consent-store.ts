/** The texts customers agreed to, word for word, as evidence: a row is written once and never changed. */
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { ConsentText } from '../rules/consent.ts'
import { orders } from './tables.ts'

/**
 * Keeps the text in force, before anybody can agree to it: when a process opens, when terms are published, and with an
 * order, for who published them may name another seller, or be of the release before.
 * @throws when this version is kept with other sentences: then the wording needs a version of its own
 */
export async function keepConsentText(
  db: Db | Tx,
  { version, text }: ConsentText,
  now: Temporal.Instant,
): Promise<void> {
  const kept = (await findConsentText(db, version)) ?? (await insertText(db, { version, text }, now))
  if (kept?.text.ko !== text.ko || kept.text.en !== text.en) {
    throw new Error(`version ${version} of the consent to recurring payment is kept with another text`)
  }
}

/** The text of a version that is or was in force. */
export async function findConsentText(db: Db | Tx, version: string): Promise<ConsentText | undefined> {
  const row = await orders(db)
    .selectFrom('orders.consent_text')
    .select(['ko', 'en'])
    .where('version', '=', version)
    .executeTakeFirst()
  return row && { version, text: row }
}

async function insertText(db: Db | Tx, { version, text }: ConsentText, now: Temporal.Instant) {
  await orders(db)
    .insertInto('orders.consent_text')
    .values({ version, ...text, kept_at: now })
    // Two processes that start at once: the second waits for the first, and then sees that row.
    .onConflict((conflict) => conflict.column('version').doNothing())
    .execute()
  return findConsentText(db, version)
}
