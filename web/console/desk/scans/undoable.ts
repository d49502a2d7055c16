import type { Scan } from './queue.ts'

/** For how long a scan counts as a slip of the hand. */
const UNDO_MS = 60 * 60_000

/**
 * The scan that undoing is about: the very last one, never one before it. Undefined when that was refused or is undone
 * already, or is too long ago.
 */
export function undoable(scans: readonly Scan[], nowMs: number): Scan | undefined {
  const last = scans.at(-1)
  if (last === undefined || last.state.kind === 'refused' || last.state.kind === 'undone') return undefined
  // The moment of a scan that cannot be read says nothing of its age.
  return nowMs - Date.parse(last.at) <= UNDO_MS ? last : undefined
}
