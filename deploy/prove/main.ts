import { exitCodeOf, openProof } from './kit/proof.ts'
import { SUBJECTS, subjectOf } from './subjects.ts'

/**
 * `npm run prove -- SUBJECT`: tries what a folder of deploy/ claims, with the real tools, on this machine. Prints a
 * line for each claim, what was observed beside it, and cleans up. Exit code 0: all hold; 1: one is broken; 77: none is
 * broken, but some could not be tried here.
 */

const [name = '', ...args] = process.argv.slice(2)
const subject = subjectOf(name)
if (!subject) {
  console.error(
    `Usage: npm run prove -- SUBJECT\n\n${Object.entries(SUBJECTS)
      .map(([key, { about }]) => `  ${key.padEnd(12)}${about}`)
      .join('\n')}`,
  )
  process.exit(2)
}

const { proof, finish } = openProof(name)
// However often it is told: npm passes Ctrl-C on to whom it has already reached, and cleaning up must come to its end.
const told = new Promise<Error>((stop) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => stop(new Error(`stopped by ${signal}`)))
})
const prove = await subject.load()
const failure: unknown = await Promise.race([
  told,
  prove(proof, args).then(
    () => undefined,
    (error: unknown) => error ?? new Error('failed without a reason'),
  ),
])
const outcome = await finish(failure)
const { held, broken, skipped } = outcome
console.log(`\nprove ${name}: ${held} held, ${broken} broken, ${skipped} skipped`)
process.exit(exitCodeOf(outcome))
