import type { RegistrationRow, RegistrationSituation } from '../registrations/snapshot.ts'
import { evidenceOf, type Violation } from './violation.ts'

type RegistrationRule = (situation: RegistrationSituation) => Violation[]

/** States a registration does not leave. No money is in a doubt about one, so none of them waits for a person. */
const ENDED: readonly string[] = ['succeeded', 'declined', 'cancelled', 'expired', 'failed']

/** Every registration has come to an end by itself: none waits, none is in doubt, none is forgotten. */
const registrationsEnd: RegistrationRule = ({ registrations }) =>
  registrations
    .filter(({ state }) => !ENDED.includes(state))
    .map((row) => ({
      rule: 'a registration did not end',
      about: `registration ${row.id}`,
      evidence: evidenceOf(row),
    }))

/**
 * What is registered has exactly one method and one token at the bank, and it is the same; nothing else ever has more
 * than one token, nor a method but one that was never to be charged.
 */
const oneMethodOneToken: RegistrationRule = ({ registrations, methods, tokens }) => {
  const methodsOf = Map.groupBy(methods, ({ registrationId }) => registrationId)
  const tokensOf = Map.groupBy(tokens, ({ buyerRef }) => buyerRef)
  const wrong = registrations.flatMap((row): Violation[] => {
    const own = methodsOf.get(row.id) ?? []
    const issued = tokensOf.get(row.buyerRef) ?? []
    const violation = (rule: string): Violation[] => [
      { rule, about: `registration ${row.id}`, evidence: evidenceOf(row, ...own, ...issued) },
    ]
    if (issued.length > 1) return violation('two tokens of one registration')
    if (own.length > 1) return violation('two methods of one registration')
    const [method] = own
    if (method !== undefined && (method.id !== row.id || method.token !== issued[0]?.token))
      return violation('a method with another token than its own')
    if (row.state === 'succeeded') return method === undefined ? violation('registered without a method') : []
    if (method !== undefined && method.state !== 'revoked')
      return violation('a method of a registration that came to nothing')
    return row.endCode === 'token_lost' && issued.length === 0
      ? violation('a token counts as lost that was never issued')
      : []
  })
  const known = new Set(registrations.map(({ buyerRef }) => buyerRef))
  const strange = tokens.filter(({ buyerRef }) => !known.has(buyerRef))
  return [
    ...wrong,
    ...strange.map((token) => ({
      rule: 'a token without a registration',
      about: `token ${token.token}`,
      evidence: evidenceOf(token),
    })),
  ]
}

/**
 * A token that can be charged is one of a method that may be, and the other way round. One exception is by design: a
 * token of KakaoPay whose only answer was lost, by the bank or with the process that waited for it. It cannot be read
 * again, so nobody has it to charge it. Its registration was in doubt and ends as `token_lost`, or, where look-ups still
 * deny it when the window for that is over, as `not_issued`. Toss repeats its answers, and what arrives after the end
 * of a registration is revoked, so there is no other. The exception is for accidents: where most tokens go that way,
 * answers that did arrive are being dropped.
 */
const noLooseTokens: RegistrationRule = ({ registrations, methods, tokens }) => {
  const methodOf = new Map(methods.map((method) => [method.token, method]))
  const rowOf = new Map(registrations.map((row) => [row.buyerRef, row]))
  const active = new Set(tokens.filter((token) => token.active).map(({ token }) => token))
  const loose = tokens.flatMap((token): Violation[] => {
    const method = methodOf.get(token.token)
    const row = rowOf.get(token.buyerRef)
    if (!token.active || method?.state === 'active') return []
    if (method === undefined && isLostByDesign(row)) return []
    const evidence = evidenceOf(token, method, row)
    return [{ rule: 'a token can be charged that nobody keeps', about: `token ${token.token}`, evidence }]
  })
  const dead = methods.filter(({ state, token }) => state === 'active' && !active.has(token))
  const once = tokens.filter(({ provider }) => provider === 'kakaopay')
  const lost = once.filter(({ token }) => !methodOf.has(token)).length
  const figures = evidenceOf({ issued: once.length, lost })
  const most = once.length >= ENOUGH_ISSUED && lost > once.length * MOST_LOST
  return [
    ...loose,
    ...(most ? [{ rule: 'most tokens of KakaoPay were lost', about: 'run', evidence: figures }] : []),
    ...dead.map((method) => ({
      rule: 'a method whose token cannot be charged',
      about: `method ${method.id}`,
      evidence: evidenceOf(method),
    })),
  ]
}

/** From so many tokens on, at most this share may be lost; kills and faults together cost a quarter to two fifths. */
const ENOUGH_ISSUED = 12
const MOST_LOST = 0.6

/** How registrations in doubt end when no token can be had. */
const WITHOUT_TOKEN: readonly (string | null)[] = ['token_lost', 'not_issued']

function isLostByDesign(row: RegistrationRow | undefined): boolean {
  return row?.provider === 'kakaopay' && row.doubts.length > 0 && WITHOUT_TOKEN.includes(row.endCode)
}

/** What its customer removed is ended here and at the bank, and nothing else is. */
const removedIsRevoked: RegistrationRule = ({ registrations, methods, tokens, seen }) => {
  const active = new Set(tokens.filter((token) => token.active).map(({ token }) => token))
  const methodOf = new Map(methods.map((method) => [method.id, method]))
  const stateOf = new Map(registrations.map(({ id, state }) => [id, state]))
  const kept = [...seen.removed].flatMap((id): Violation[] => {
    const method = methodOf.get(id)
    const about = `method ${id}`
    if (method?.state !== 'revoked')
      return [{ rule: 'a removed method is not revoked', about, evidence: evidenceOf(method) }]
    return active.has(method.token)
      ? [{ rule: 'a removed method can be charged at the bank', about, evidence: evidenceOf(method) }]
      : []
  })
  const taken = methods.filter(
    ({ id, registrationId, state }) =>
      state !== 'active' && !seen.removing.has(id) && stateOf.get(registrationId ?? '') === 'succeeded',
  )
  return [
    ...kept,
    ...taken.map((method) => ({
      rule: 'a method ended that nobody removed',
      about: `method ${method.id}`,
      evidence: evidenceOf(method),
    })),
  ]
}

/** Where a registration must be that its customer once saw in this state. */
const STANDS: Readonly<Record<string, string>> = {
  registered: 'succeeded',
  declined: 'declined',
  cancelled: 'cancelled',
  expired: 'expired',
  failed: 'failed',
}

/** What a customer was told of a registration is still so; a key that was answered made one registration. */
const acknowledgedRegistrationsStand: RegistrationRule = ({ registrations, methods, keys, seen }) => {
  const rowOf = new Map(registrations.map((row) => [row.id, row]))
  const chargeable = new Set(methods.filter(({ state }) => state === 'active').map(({ id }) => id))
  const kept = new Map(keys.map(({ key, registrationId }) => [key, registrationId]))
  const lost = [...seen.states].flatMap(([id, states]): Violation[] => {
    const row = rowOf.get(id)
    const denied = [...states].some((state) => state in STANDS && STANDS[state] !== row?.state)
    const gone = states.has('registered') && !chargeable.has(id) && !seen.removing.has(id)
    if (row !== undefined && !denied && !gone) return []
    const evidence = evidenceOf({ seen: [...states] }, row)
    return [{ rule: 'what was acknowledged is lost', about: `registration ${id}`, evidence }]
  })
  const doubled = [...seen.keys].flatMap(([key, ids]): Violation[] => {
    const evidence = evidenceOf({ answered: [...ids], kept: kept.get(key) })
    const about = `key ${key}`
    if (ids.size > 1) return [{ rule: 'one key made two registrations', about, evidence }]
    return ids.has(kept.get(key) ?? '') ? [] : [{ rule: 'what was acknowledged is lost', about, evidence }]
  })
  return [...lost, ...doubled]
}

/** Tables and files in which the id of a registration must be found, or the search for tokens is blind. */
const PLACES_OF_IDS = ['payments.registration', 'payments.method', 'platform.event_log']

/** No table of the database and no line of the server's logs tells a token as the bank knows it. */
const tokensAreSecret: RegistrationRule = ({ plain, searched, registrations }) => {
  const blind = registrations.some(({ state }) => state === 'succeeded')
    ? PLACES_OF_IDS.filter((place) => !searched.includes(place))
    : []
  // Doubts are written to the log, with the registration they are about.
  const inLog = registrations.some(({ doubts }) => doubts.length > 0)
  if (inLog && !searched.some((place) => place.endsWith('.log'))) blind.push("the server's log")
  return [
    ...plain.map((found) => ({
      rule: 'a token in plain text',
      about: found.place,
      evidence: evidenceOf(found),
    })),
    ...blind.map((place) => ({
      rule: 'the search for tokens saw nothing',
      about: place,
      evidence: evidenceOf(searched),
    })),
  ]
}

/** From so many registrations on, chance cannot spare a run a kind of end; fewer prove nothing, one way or the other. */
const ENOUGH = 30
const ENOUGH_AIMED = 3
/** At most this share of what customers set out to do may come to nothing before it was begun. */
const NOT_BEGUN = 0.2

/** The run did exercise it: methods were registered at both providers, and somebody was killed among it. */
const registrationsWereMade: RegistrationRule = ({ registrations, methods, tokens, seen, roughness }) => {
  const { tried, kills, aimed, met } = roughness
  const registered = (provider: string) =>
    registrations.filter((row) => row.provider === provider && row.state === 'succeeded').length
  const figures = {
    ...roughness,
    begun: seen.keys.size,
    kakaopay: registered('kakaopay'),
    toss: registered('toss'),
    tokens: tokens.length,
    methods: methods.length,
    removed: seen.removed.size,
    doubted: registrations.filter(({ doubts }) => doubts.length > 0).length,
  }
  const violation = (rule: string): Violation => ({ rule, about: 'run', evidence: evidenceOf(figures) })
  if (tried === 0) return [violation('nobody registered a method')]
  const many = tried >= ENOUGH
  return [
    ...(figures.begun < tried * (1 - NOT_BEGUN) ? [violation('hardly any registration was begun')] : []),
    ...(many && (figures.kakaopay === 0 || figures.toss === 0)
      ? [violation('no method was registered at one of the providers')]
      : []),
    ...(many && figures.removed === 0 ? [violation('no method was removed')] : []),
    ...(many && figures.doubted === 0 ? [violation('no registration was ever in doubt')] : []),
    ...(kills > 0 && aimed >= ENOUGH_AIMED && met === 0
      ? [violation('nobody was killed while a method was registered')]
      : []),
  ]
}

/** Everything that must hold of registered payment methods after any crash, by the name shown to people. */
export const REGISTRATION_RULES: Readonly<Record<string, RegistrationRule>> = {
  'registrations made': registrationsWereMade,
  'every registration ended': registrationsEnd,
  'registration = method = token': oneMethodOneToken,
  'no token that nobody keeps': noLooseTokens,
  'removed methods revoked': removedIsRevoked,
  'acknowledged registrations stand': acknowledgedRegistrationsStand,
  'no token in plain text': tokensAreSecret,
}

/** Applies every rule. @returns the violations of each, by the rule's name; all lists empty when all is well */
export function verifyRegistrations(situation: RegistrationSituation): ReadonlyMap<string, Violation[]> {
  return new Map(Object.entries(REGISTRATION_RULES).map(([name, rule]) => [name, rule(situation)]))
}
