import { createHash, randomInt } from 'node:crypto'
import { writeAudit } from '../../../../platform/audit/audit.ts'
import { type Db, transact } from '../../../../platform/database/database.ts'
import { type KeyRefusal, once } from '../../../../platform/http/idempotency.ts'
import { newId } from '../../../../platform/ids.ts'
import { type Refused, refused } from '../../../../platform/refusal.ts'
import type { Clock } from '../../../../platform/time/clock.ts'
import { insertTerminal, revokeById, type Terminal } from './terminal-store.ts'

/** Without those that are taken for one another: people type a secret off one screen into another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const SECRET_LENGTH = 25

/** 120 random bits: nobody guesses them, so a plain hash keeps them. */
const newSecret = () =>
  Array.from({ length: SECRET_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')

/** What is kept of a terminal's secret. */
export function hashOfSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

export type NewTerminal = Pick<Terminal, 'name' | 'place' | 'charset' | 'asksPassword' | 'takesPayments'>

/**
 * Lets a self-check machine log in. Its secret is told this once and kept by its hash only: a repeated request is
 * answered without it. Refusals: terminal_name_taken, idempotency_key_reused, request_in_progress.
 */
export async function addTerminal(
  { db, clock }: { db: Db; clock: Clock },
  {
    librarianId,
    idempotencyKey,
    wanted,
  }: { librarianId: string; idempotencyKey: string; wanted: NewTerminal },
): Promise<
  { kind: 'added'; terminal: Terminal; secret: string | null } | Refused<'terminal_name_taken' | KeyRefusal>
> {
  const at = clock.now()
  const secret = newSecret()
  const key = { scope: `library-terminals:${librarianId}`, key: idempotencyKey, body: wanted }
  const terminal: Terminal = {
    id: newId(),
    ...wanted,
    madeBy: librarianId,
    madeAt: at,
    seenAt: null,
    revokedAt: null,
  }
  const answer = await once(db, key, at, async (tx) => {
    const row = { ...terminal, secretHash: hashOfSecret(secret) }
    if (!(await insertTerminal(tx, row))) return refused('terminal_name_taken')
    const subject = { type: 'terminal', id: terminal.id } as const
    await writeAudit(tx, at, {
      actorId: librarianId,
      action: 'terminal.added',
      subject,
      after: { ...wanted },
    })
    return { kind: 'answered', status: 201, body: { id: terminal.id, madeAt: at.toString() } }
  })
  if (answer.kind === 'refused') return answer
  const { id, madeAt } = answer.body
  const added = { ...terminal, id, madeAt: Temporal.Instant.from(madeAt) }
  return { kind: 'added', terminal: added, secret: answer.replayed ? null : secret }
}

/** A machine may log in no more; its next message is refused, too. Refusals: not_found, also when it is revoked already. */
export async function revokeTerminal(
  { db, clock }: { db: Db; clock: Clock },
  { librarianId, id }: { librarianId: string; id: string },
): Promise<{ kind: 'revoked'; terminal: Terminal } | Refused<'not_found'>> {
  return transact<{ kind: 'revoked'; terminal: Terminal } | Refused<'not_found'>>(db, async (tx) => {
    const at = clock.now()
    const terminal = await revokeById(tx, id, librarianId, at)
    if (!terminal) return refused('not_found')
    const { name, place } = terminal
    const subject = { type: 'terminal', id } as const
    await writeAudit(tx, at, {
      actorId: librarianId,
      action: 'terminal.revoked',
      subject,
      before: { name, place },
    })
    return { kind: 'revoked', terminal }
  })
}
