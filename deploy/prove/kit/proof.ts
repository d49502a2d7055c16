import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a proof works with. */
export interface Proof {
  /** A folder of its own, gone afterwards (kept with PROVE_KEEP=1, for the logs in it). */
  folder: string
  /** Says whether a claim holds, with what was observed. A claim that does not hold breaks the proof, which goes on. */
  claim(what: string, holds: boolean, observed: string): void
  /** Something that cannot be tried on this machine, and why. It counts neither as held nor as broken. */
  skip(what: string, why: string): void
  /** A step that takes its time. */
  note(what: string): void
  /** Done at the end, also of a failure, in reverse order. */
  after(undo: () => unknown): void
}

export type Prove = (proof: Proof, args: readonly string[]) => Promise<void>

export interface Outcome {
  held: number
  broken: number
  skipped: number
}

const SKIPPED = 77

/** 0: all hold; 1: one is broken, or nothing was claimed; 77: none is broken, but some or all could not be tried. */
export function exitCodeOf({ held, broken, skipped }: Outcome): 0 | 1 | typeof SKIPPED {
  if (broken > 0 || held + skipped === 0) return 1
  return skipped > 0 ? SKIPPED : 0
}

interface Line {
  mark: 'holds' | 'BROKEN' | 'skipped'
  claim: string
  observed: string
}

export function openProof(name: string): { proof: Proof; finish(failure?: unknown): Promise<Outcome> } {
  const folder = mkdtempSync(join(tmpdir(), `prove-${name}-`))
  const lines: Line[] = []
  const undoes: (() => unknown)[] = []
  const add = (line: Line) => {
    lines.push(line)
    console.log(`${line.mark.padEnd(8)} ${line.claim}: ${line.observed}`)
  }
  const proof: Proof = {
    folder,
    claim: (claim, holds, observed) => add({ mark: holds ? 'holds' : 'BROKEN', claim, observed }),
    skip: (claim, observed) => add({ mark: 'skipped', claim, observed }),
    note: (what) => console.log(`         … ${what}`),
    after: (undo) => void undoes.push(undo),
  }
  const finish = async (failure?: unknown) => {
    if (failure !== undefined)
      add({ mark: 'BROKEN', claim: 'the proof runs to its end', observed: reasonOf(failure) })
    for (const undo of undoes.splice(0).reverse()) {
      try {
        await undo()
      } catch (error) {
        add({ mark: 'BROKEN', claim: 'it cleans up', observed: reasonOf(error) })
      }
    }
    if (!process.env.PROVE_KEEP) rmSync(folder, { recursive: true, force: true })
    printTable(lines)
    const count = (mark: Line['mark']) => lines.filter((line) => line.mark === mark).length
    return { held: count('holds'), broken: count('BROKEN'), skipped: count('skipped') }
  }
  return { proof, finish }
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)
}

function printTable(lines: readonly Line[]): void {
  console.log('\n| claim | observed | |\n|---|---|---|')
  for (const { mark, claim, observed } of lines)
    console.log(`| ${claim} | ${observed.split('\n')[0]?.replaceAll('|', '\\|')} | ${mark} |`)
}
