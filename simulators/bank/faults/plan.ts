import { hashText, normal, seededRandom } from '../random.ts'
import type { Effect, EffectKind, EffectOf, Match, Rule } from './rule.ts'

/** What the rules are compared with: one call that has just arrived. */
export interface CallFacts {
  provider: 'kakaopay' | 'toss'
  operation: string
  partnerOrderId?: string | undefined
  /** The token: a KakaoPay SID or a Toss billing key. */
  sid?: string | undefined
  amount?: number | undefined
}

/** What is going to happen to one call. Drawn once, in the order of arrival. */
export interface Plan {
  /** Delay before the call takes effect, and between that and its answer. */
  beforeMs: number
  afterMs: number
  effects: readonly Effect[]
}

const CALM: Plan = { beforeMs: 0, afterMs: 0, effects: [] }

interface LiveRule {
  rule: Rule
  seen: number
  fired: number
  random: () => number
}

export interface Faults {
  /** Adds rules (or puts them in place of all others) and returns those now standing. */
  set(rules: readonly (Omit<Rule, 'id'> & { id?: string })[], replace: boolean): void
  list(): { id: string; match: Match; effects: Effect[]; seen: number; fired: number }[]
  clear(): void
  draw(facts: CallFacts, seq: number): Plan
}

/** The effect of a kind in a plan, if the plan has one. The first rule that brought one counts. */
export function effectOf<K extends EffectKind>(plan: Plan, kind: K): EffectOf<K> | undefined {
  for (const effect of plan.effects) if (isKind(effect, kind)) return effect
  return undefined
}

function isKind<K extends EffectKind>(effect: Effect, kind: K): effect is Extract<Effect, EffectOf<K>> {
  return effect.kind === kind
}

function agrees(match: Match, facts: CallFacts, seq: number): boolean {
  return (
    (match.provider === undefined || match.provider === facts.provider) &&
    (match.operation === undefined || match.operation === facts.operation) &&
    (match.partnerOrderId === undefined || match.partnerOrderId === facts.partnerOrderId) &&
    (match.sid === undefined || match.sid === facts.sid) &&
    (match.amount === undefined || match.amount === facts.amount) &&
    (match.fromSeq === undefined || seq >= match.fromSeq)
  )
}

/** Whether the rule strikes at this call; counts the call and, if so, the strike. */
function strikes(live: LiveRule): boolean {
  const { nth, times, probability } = live.rule.match
  live.seen += 1
  if (nth !== undefined && live.seen < nth) return false
  // A rule for "the nth call" means that one only, unless it says how many.
  const limit = times ?? (nth === undefined ? undefined : 1)
  if (limit !== undefined && live.fired >= limit) return false
  if (probability !== undefined && live.random() >= probability) return false
  live.fired += 1
  return true
}

/** One draw of a delay in milliseconds. */
export function drawLatency(effect: EffectOf<'latency'>, random: () => number): number {
  switch (effect.distribution) {
    case 'fixed':
      return effect.ms
    case 'uniform':
      return Math.round(effect.minMs + random() * (effect.maxMs - effect.minMs))
    case 'lognormal':
      return Math.min(
        effect.maxMs ?? 600_000,
        Math.round(effect.medianMs * Math.exp(effect.sigma * normal(random))),
      )
  }
}

/**
 * The standing rules. Each has a random stream of its own, made from the bank's seed and the rule's id, so
 * that the same calls in the same order meet the same trouble, whatever other rules stand beside it.
 */
export function createFaults(seed: number): Faults {
  let standing: LiveRule[] = []
  let named = 0
  return {
    set: (rules, replace) => {
      if (replace) {
        standing = []
        named = 0
      }
      for (const given of rules) {
        named += 1
        const rule: Rule = { ...given, id: given.id ?? `rule-${named}` }
        const random = seededRandom(hashText(`${seed}:${rule.id}`))
        standing = standing.filter((live) => live.rule.id !== rule.id)
        standing.push({ rule, seen: 0, fired: 0, random })
      }
    },
    list: () => standing.map(({ rule, seen, fired }) => ({ ...rule, seen, fired })),
    clear: () => {
      standing = []
      named = 0
    },
    draw: (facts, seq) => {
      let plan: { beforeMs: number; afterMs: number; effects: Effect[] } | undefined
      for (const live of standing) {
        if (!agrees(live.rule.match, facts, seq) || !strikes(live)) continue
        plan ??= { beforeMs: 0, afterMs: 0, effects: [] }
        for (const effect of live.rule.effects) {
          if (effect.kind !== 'latency') {
            plan.effects.push(effect)
            continue
          }
          const ms = drawLatency(effect, live.random)
          const before = effect.at === 'before' ? ms : effect.at === 'after' ? 0 : ms / 2
          plan.beforeMs += before
          plan.afterMs += ms - before
        }
      }
      return plan ?? CALM
    },
  }
}
