/**
 * Makes every property try the same values in each run, so that a mutant does not live or die by chance. Ordinary runs
 * of the tests do without, to see new values each time.
 */
import fc from 'fast-check'

fc.configureGlobal({ seed: 20_261_124, endOnFailure: true })
