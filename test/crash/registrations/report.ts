import { countBy, table } from '../report.ts'
import { REGISTRATION_FAULTS } from './faults.ts'
import type { RegistrationSituation } from './snapshot.ts'

/** What became of registrations, what was in doubt about them, and what the bank did to them. */
export function registrationTables(
  { registrations, methods, tokens }: RegistrationSituation,
  endings: readonly string[],
  struck: ReadonlyMap<string, number>,
): string[] {
  const issuedFor = new Set(tokens.map(({ buyerRef }) => buyerRef))
  const died = registrations.filter(({ doubts }) => doubts.includes(DIED))
  return [
    table(
      'Customers who registered a method',
      countBy(endings, (ending) => ending),
    ),
    table(
      'Registrations',
      countBy(registrations, ({ provider, state, endCode }) =>
        [provider, state, endCode === null ? '' : `(${endCode})`].join(' ').trim(),
      ),
    ),
    table('Tokens', [
      ['issued by the bank', tokens.length],
      ['… that can be charged', tokens.filter(({ active }) => active).length],
      ...countBy(methods, ({ state }) => `method ${state}`),
      ['lost with the process that asked for one', died.length],
      ['… which the bank had issued', died.filter(({ buyerRef }) => issuedFor.has(buyerRef)).length],
    ]),
    table(
      'Doubts about tokens',
      countBy(
        registrations.flatMap(({ doubts }) => doubts),
        (doubt) => doubt,
      ),
    ),
    table(
      'Faults with tokens',
      REGISTRATION_FAULTS.map(({ id }) => [id, struck.get(id) ?? 0]),
    ),
  ]
}

/** The doubt about a registration whose lease ended without an answer. */
const DIED = 'answer lost'
