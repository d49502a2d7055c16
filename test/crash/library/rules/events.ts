import type { EventRow, Snapshot } from '../snapshot.ts'
import { evidenceOf, type Rule, type Violation } from './violation.ts'

/** Which kinds of events of one database another one needs, where they do not share one. */
const CROSSINGS: readonly (readonly [from: string, types: string, to: string])[] = [
  ['borrow', 'library.loan.', 'book'],
  ['borrow', 'library.loan.', 'dashboard'],
  ['borrow', 'library.opening.', 'book'],
  ['book', 'library.stock.', 'borrow'],
  ['book', 'library.hold.', 'borrow'],
  ['identity', 'identity.account.', 'book'],
  ['identity', 'identity.account.', 'borrow'],
]

/** Events that one database has told and another one that needs them has not got. */
export function missingCrossings({ logs }: Pick<Snapshot, 'logs'>): { to: string; event: EventRow }[] {
  return CROSSINGS.flatMap(([from, types, to]) => {
    const [told, there] = [logs.get(from), logs.get(to)]
    if (told === undefined || there === undefined) return []
    const arrived = new Set(there.map(({ id }) => id))
    return told
      .filter((event) => event.type.startsWith(types) && !arrived.has(event.id))
      .map((event) => ({ to, event }))
  })
}

/** Outboxes are empty, every subscriber has had everything, nothing is set aside, and all of it crossed. */
export const nothingIsStuck: Rule = ({ snapshot }) => [
  ...snapshot.undelivered.map((row) => ({
    rule: 'an event was not delivered',
    about: `${row.place} ${row.subscriber ?? 'outbox'}`,
    evidence: evidenceOf(row),
  })),
  ...snapshot.parked.map((row) => ({
    rule: 'an event is set aside',
    about: `${row.place} ${row.subscriber}`,
    evidence: evidenceOf(row),
  })),
  ...missingCrossings(snapshot).map(({ to, event }) => ({
    rule: 'an event did not reach another database',
    about: `${event.subject} for ${to}`,
    evidence: evidenceOf(event),
  })),
]

/** A loan has told of each of its versions exactly once: 1, 2, … up to its row's version. */
export const loansToldEverything: Rule = ({ snapshot }) => {
  const told = Map.groupBy(snapshot.told, ({ loanId }) => loanId)
  return snapshot.loans.flatMap((loan): Violation[] => {
    const versions = (told.get(loan.id) ?? []).map(({ version }) => version).toSorted((a, b) => a - b)
    const complete = versions.length === loan.version && versions.every((version, at) => version === at + 1)
    return complete
      ? []
      : [{ rule: 'events of a loan are missing', about: loan.id, evidence: evidenceOf(loan, versions) }]
  })
}

/** Each subscriber took each event of the types it wants, once, whichever database it came from. */
export const inboxesComplete: Rule = ({ snapshot }) => {
  const taken = new Map<string, number>()
  const name = (place: string, subscriber: string, eventId: string) => `${place} ${subscriber} ${eventId}`
  for (const { place, subscriber, eventId } of snapshot.inbox) {
    const one = name(place, subscriber, eventId)
    taken.set(one, (taken.get(one) ?? 0) + 1)
  }
  const missing = snapshot.wanted.flatMap(({ place, subscriber, type }) =>
    (snapshot.logs.get(place) ?? [])
      .filter((event) => event.type === type && taken.get(name(place, subscriber, event.id)) !== 1)
      .map((event) => ({
        rule: 'a subscriber did not take an event once',
        about: `${place} ${subscriber}`,
        evidence: evidenceOf(event, { taken: taken.get(name(place, subscriber, event.id)) ?? 0 }),
      })),
  )
  const twice = [...snapshot.logs].flatMap(([place, events]) =>
    [...Map.groupBy(events, ({ source, subject, version }) => `${source} ${subject} ${version}`)]
      .filter(([, rows]) => rows.length > 1)
      .map(([about, rows]) => ({
        rule: 'an event is there twice',
        about: `${place} ${about}`,
        evidence: evidenceOf(...rows),
      })),
  )
  return [...missing, ...twice]
}
