import type { Clock } from './clock.ts'
import { createClock } from './clock.ts'
import { createFaults, type Faults } from './faults/plan.ts'
import { type Journal, openJournal } from './journal.ts'
import { applyKakaoRow, emptyKakaoState, type KakaoState } from './kakaopay/state.ts'
import { createIds } from './random.ts'
import type { JournalRow, RowDraft, StoredAnswer } from './rows.ts'
import { applyTossRow, emptyTossState, rememberAnswer, type TossState } from './toss/state.ts'
import { createWebhooks, type Webhooks } from './toss/webhooks.ts'

export interface BankSettings {
  /** Folder of the journal. */
  data: string
  seed: number
  clock: 'real' | 'manual'
  kakaoSecretKey: string
  tossSecretKey: string
}

/** Count and sum (won) of charges and of refunds. */
interface Totals {
  charges: number
  charged: number
  refunds: number
  refunded: number
}

/** Everything the bank knows while it runs. */
export interface Bank {
  readonly settings: BankSettings
  readonly clock: Clock
  readonly journal: Journal
  readonly faults: Faults
  readonly kakao: KakaoState
  readonly toss: TossState
  readonly totals: { kakaopay: Totals; toss: Totals }
  /** Where browsers reach the bank, without a final slash. Known once the server listens. */
  publicUrl: string
  /** Until when (milliseconds of the real clock) the payment APIs are down. */
  offlineUntil: number
  closing: boolean
  /**
   * Applies rows at once and writes them down; the answer must wait for `journal.settled()`. `answerOf` is
   * asked after the rows are applied; the answer it gives is written with the last of them.
   */
  commit(rows: readonly RowDraft[], answerOf?: () => StoredAnswer | undefined): void
  /** Scopes of idempotency keys whose first call is still under way. */
  readonly underWay: Set<string>
  readonly webhooks: Webhooks
  newId(letter: string): string
  countLookup(key: string, lastChange: number): number
  close(): Promise<void>
}

/** Opens the journal and rebuilds the whole state from it. */
export async function openBank(settings: BankSettings): Promise<Bank> {
  const kakao = emptyKakaoState()
  const toss = emptyTossState()
  const none = (): Totals => ({ charges: 0, charged: 0, refunds: 0, refunded: 0 })
  const totals = { kakaopay: none(), toss: none() }
  let lastAt: string | undefined
  const apply = (row: JournalRow): void => {
    if (row.provider === 'kakaopay') applyKakaoRow(kakao, row)
    else applyTossRow(toss, row)
    addUp(totals[row.provider], row)
    lastAt = row.at
  }
  const journal = await openJournal(settings.data, apply)
  // A manual clock goes on where the journal ended, so that a restart does not jump in time.
  const clock = createClock(settings.clock, lastAt === undefined ? Date.now() : Date.parse(lastAt))
  const makeId = createIds(settings.seed)
  const lookups = new Map<string, { lastChange: number; count: number }>()
  let serial = { seq: 0, used: 0 }

  return {
    settings,
    clock,
    journal,
    faults: createFaults(settings.seed),
    kakao,
    toss,
    totals,
    publicUrl: '',
    offlineUntil: 0,
    closing: false,
    underWay: new Set(),
    webhooks: createWebhooks(),
    commit: (drafts, answerOf) => {
      const rows = journal.number(drafts, clock.now())
      for (const row of rows) apply(row)
      const answer = answerOf?.()
      const last = rows.at(-1)
      if (last !== undefined && answer !== undefined) {
        last.answer = answer
        rememberAnswer(toss, last)
      }
      journal.append(rows)
    },
    // The row that brings an id into the world has the next sequence number, which never comes again.
    newId: (letter) => {
      const seq = journal.nextSeq()
      serial = serial.seq === seq ? { seq, used: serial.used + 1 } : { seq, used: 0 }
      return makeId(letter, seq * 1024 + serial.used)
    },
    countLookup: (key, lastChange) => {
      const known = lookups.get(key)
      const count = known?.lastChange === lastChange ? known.count + 1 : 1
      lookups.set(key, { lastChange, count })
      return count
    },
    close: () => journal.close(),
  }
}

function addUp(totals: Totals, row: JournalRow): void {
  if (row.kind === 'charge') {
    totals.charges += 1
    totals.charged += row.amount
  } else if (row.kind === 'refund') {
    totals.refunds += 1
    totals.refunded += row.amount
  }
}
