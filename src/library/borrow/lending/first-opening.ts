import { transact } from '../../../platform/database/database.ts'
import { publishOpening } from '../publish.ts'
import { firstOpening } from '../rules/opening.ts'
import { currentOpening, insertOpening } from '../store/opening-store.ts'
import type { LendingDeps } from './deps.ts'

/** A library that begins is open as its settings say, and those who count by the calendar are told. */
export async function keepFirstOpening({ db, clock, calendar }: LendingDeps): Promise<void> {
  if (await currentOpening(db)) return
  const opening = { version: 1, ...firstOpening(calendar) }
  await transact(db, async (tx) => {
    const at = clock.now()
    if (await insertOpening(tx, opening, at, null)) await publishOpening(tx, opening, at)
  })
}
