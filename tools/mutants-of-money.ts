import mutants from './mutants.ts'
import { MONEY_RULES } from './rules.ts'

/** Settings of the gate's mutants (`npm run mutate:money`): what is left at 99 % has been looked at, one by one. */
export default {
  ...mutants,
  mutate: MONEY_RULES,
  reporters: ['clear-text'],
  thresholds: { high: 100, low: 99, break: 99 },
}
