import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { Cipher } from '../../../src/platform/cipher.ts'
import type { Db } from '../../../src/platform/database/database.ts'
import type { ProviderName } from '../plan.ts'
import { type PurchaseTokens, readPurchaseTokens } from './purchase-tokens.ts'
import type { Seen } from './seen.ts'

/** A registration, with every doubt there was about it. */
export interface RegistrationRow {
  id: string
  provider: string
  state: string
  endCode: string | null
  /** What the bank knows the customer by: another one for each registration. */
  buyerRef: string
  doubts: string[]
}

/** A stored payment method. */
export interface MethodRow {
  id: string
  registrationId: string | null
  state: string
  /** As it is charged, decrypted. */
  token: string
}

/** A token by the journal of the bank. */
export interface BankToken {
  provider: ProviderName
  token: string
  buyerRef: string
  /** It can be charged. */
  active: boolean
}

/** How rough the run was. */
export interface Roughness {
  /** Registrations customers set out to make. */
  tried: number
  kills: number
  /** Kills that were to wait for somebody on the way back from registering, and kills that met one. */
  aimed: number
  met: number
}

/** Everything that must fit together about payment methods, read at rest. */
export interface RegistrationSituation {
  registrations: RegistrationRow[]
  methods: MethodRow[]
  tokens: BankToken[]
  /** Kept answers of begun registrations. */
  keys: { key: string; registrationId: string | null }[]
  /** Tables and files that hold the text of a token. */
  plain: { place: string; token: string }[]
  /** Tables and files that hold the id of a registration, which is no secret: what shows that the search sees. */
  searched: string[]
  seen: Seen
  roughness: Roughness
}

/** What cannot be read from the database and the bank. */
export type RegistrationsWitnessed = Pick<RegistrationSituation, 'seen' | 'roughness'>

/**
 * Reads the shop's side and the bank's: of registrations, and apart from them of purchases.
 * @param files logs that must not tell a token either
 */
export async function readRegistrations(
  { db, bankUrl, cipher, files }: { db: Db; bankUrl: string; cipher: Cipher; files: readonly string[] },
  witnessed: RegistrationsWitnessed,
): Promise<RegistrationSituation & { purchases: PurchaseTokens }> {
  const registrations = await sql<RegistrationRow>`
    select id, provider, state, end_code as "endCode", buyer_ref as "buyerRef",
      array(select e ->> 'doubt' from jsonb_array_elements(evidence) e where e ? 'doubt') as doubts
    from payments.registration order by id`.execute(db)
  const methods = await sql<MethodRow>`
    select id, registered_by as "registrationId", state, token from payments.method
    where issued_by is null order by id`.execute(db)
  const keys = await sql<RegistrationSituation['keys'][number]>`
    select key, answer ->> 'id' as "registrationId" from platform.idempotency_key
    where scope like 'payment-methods:%'`.execute(db)
  const all = await readTokens(bankUrl)
  const purchases = await readPurchaseTokens(db, cipher, all)
  const tokens = all.filter((token) => !purchases.tokens.includes(token))
  const secrets = all.map(({ token }) => token)
  const known = registrations.rows.map(({ id }) => id)
  return {
    registrations: registrations.rows,
    methods: methods.rows.map((row) => ({ ...row, token: cipher.decrypt(row.token, row.id) })),
    tokens,
    keys: keys.rows,
    plain: (await findTexts(db, files, secrets)).map(({ place, text }) => ({ place, token: text })),
    searched: [...new Set((await findTexts(db, files, known)).map(({ place }) => place))],
    purchases,
    ...witnessed,
  }
}

const JournalRow = Type.Object({
  kind: Type.String(),
  provider: Type.Unsafe<ProviderName>({ type: 'string', enum: ['kakaopay', 'toss'] }),
  partnerUserId: Type.String(),
  sid: Type.Optional(Type.String()),
  billingKey: Type.Optional(Type.String()),
})

/** Every token the bank ever issued. */
async function readTokens(bankUrl: string): Promise<BankToken[]> {
  const issued = [...(await journal(bankUrl, 'sid_issued')), ...(await journal(bankUrl, 'billing_issued'))]
  const ended = [
    ...(await journal(bankUrl, 'sid_inactivated')),
    ...(await journal(bankUrl, 'billing_deleted')),
  ]
  const over = new Set(ended.map(textOf))
  return issued.map((row) => ({
    provider: row.provider,
    token: textOf(row),
    buyerRef: row.partnerUserId,
    active: !over.has(textOf(row)),
  }))
}

const textOf = ({ sid, billingKey }: Static<typeof JournalRow>): string => sid ?? billingKey ?? ''

async function journal(bankUrl: string, kind: string): Promise<Static<typeof JournalRow>[]> {
  const response = await fetch(`${bankUrl}/journal?kind=${kind}`)
  const rows: unknown = await response.json()
  if (!Value.Check(Type.Array(JournalRow), rows)) throw new Error(`the bank's journal is odd: ${kind}`)
  return rows
}

/** Searches every table and the files for texts. @returns each place with each text found in it */
async function findTexts(
  db: Db,
  files: readonly string[],
  texts: readonly string[],
): Promise<{ place: string; text: string }[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`.execute(db)
  const found: { place: string; text: string }[] = []
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string }>`
      with content as materialized (select t::text as line from ${sql.raw(name)} t)
      select n.text from unnest(${texts}::text[]) n (text)
      where exists (select from content where position(n.text in line) > 0)`.execute(db)
    found.push(...rows.map(({ text }) => ({ place: name, text })))
  }
  for (const file of files) {
    const content = await readFile(file, 'utf8').catch(() => '')
    found.push(...texts.filter((text) => content.includes(text)).map((text) => ({ place: file, text })))
  }
  return found
}
