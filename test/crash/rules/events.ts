import { evidenceOf, type Rule, type Violation } from './violation.ts'

/** Every event was handed over, none is set aside, no stored command has been given up. */
export const nothingIsStuck: Rule = ({ snapshot }) => [
  ...snapshot.events
    .filter(({ delivered }) => !delivered)
    .map((event) => ({
      rule: 'an event was not delivered',
      about: event.subject,
      evidence: evidenceOf(event),
    })),
  ...snapshot.parked.map((event) => ({
    rule: 'an event is set aside',
    about: `${event.subscriber} ${event.eventId}`,
    evidence: evidenceOf(event),
  })),
  ...snapshot.deadCommands.map((command) => ({
    rule: 'a stored command was given up',
    about: command.name,
    evidence: evidenceOf(command),
  })),
]

/** An order has told of each of its versions exactly once: 1, 2, … up to its row's version. */
export const ordersToldEverything: Rule = ({ snapshot }) => {
  const told = Map.groupBy(
    snapshot.events.filter(({ type }) => type.startsWith('shop.order.')),
    ({ subject }) => subject,
  )
  return snapshot.orders.flatMap((order): Violation[] => {
    const events = told.get(order.id) ?? []
    const versions = events.map(({ version }) => version).toSorted((a, b) => a - b)
    const complete = versions.length === order.version && versions.every((version, at) => version === at + 1)
    return complete
      ? []
      : [
          {
            rule: 'events of an order are missing',
            about: `order ${order.id}`,
            evidence: evidenceOf(order, ...events),
          },
        ]
  })
}

/** A subscriber that takes events of a type took over every one of them. */
export const inboxIsComplete: Rule = ({ snapshot }) => {
  const byId = new Map(snapshot.events.map((event) => [event.id, event]))
  const taken = Map.groupBy(snapshot.inbox, ({ subscriber }) => subscriber)
  return [...taken].flatMap(([subscriber, rows]) => {
    const handled = new Set(rows.map(({ eventId }) => eventId))
    const types = new Set([...handled].flatMap((id) => byId.get(id)?.type ?? []))
    return snapshot.events
      .filter(({ id, type, delivered }) => delivered && types.has(type) && !handled.has(id))
      .map((event) => ({
        rule: 'a subscriber never saw an event',
        about: `${subscriber} ${event.id}`,
        evidence: evidenceOf(event),
      }))
  })
}
