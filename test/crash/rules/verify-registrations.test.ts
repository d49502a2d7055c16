import { describe, expect, it } from 'vitest'
import { noteRegistration, nothingSeen } from '../registrations/seen.ts'
import type { RegistrationSituation } from '../registrations/snapshot.ts'
import { REGISTRATION_RULES, verifyRegistrations } from './registrations.ts'

const PLACES = ['payments.registration', 'payments.method', 'platform.event_log', '/data/server.log']

/**
 * As it should be after a run: a method of each provider, one that was removed, a page that was left, and two tokens of
 * which the answer was lost: one for good, and one that came when its registration had ended.
 */
function soundSituation(): RegistrationSituation {
  const seen = nothingSeen()
  const told = (id: string, ...states: string[]) => {
    for (const state of states)
      noteRegistration(seen, { id, state, redirectUrl: null, paymentMethodId: null }, `k-${id}`)
  }
  told('kakao', 'awaiting_customer', 'registered')
  told('toss', 'awaiting_customer', 'processing', 'registered')
  told('removed', 'awaiting_customer', 'registered')
  told('left', 'awaiting_customer')
  told('lost', 'awaiting_customer', 'processing', 'failed')
  told('late', 'awaiting_customer', 'processing')
  seen.removing.add('removed')
  seen.removed.add('removed')
  const row = (id: string, provider: 'kakaopay' | 'toss', state: string, endCode: string | null = null) => ({
    id,
    provider,
    state,
    endCode,
    buyerRef: `b-${id}`,
    doubts: endCode === 'token_lost' ? ['answer lost'] : [],
  })
  const method = (id: string, state: string) => ({ id, registrationId: id, state, token: `t-${id}` })
  const token = (id: string, provider: 'kakaopay' | 'toss', active = true) => ({
    provider,
    token: `t-${id}`,
    buyerRef: `b-${id}`,
    active,
  })
  return {
    registrations: [
      row('kakao', 'kakaopay', 'succeeded'),
      row('toss', 'toss', 'succeeded'),
      row('removed', 'kakaopay', 'succeeded'),
      row('left', 'toss', 'expired', 'expired'),
      row('lost', 'kakaopay', 'failed', 'token_lost'),
      row('late', 'kakaopay', 'failed', 'token_lost'),
    ],
    methods: [
      method('kakao', 'active'),
      method('toss', 'active'),
      method('removed', 'revoked'),
      method('late', 'revoked'),
    ],
    tokens: [
      token('kakao', 'kakaopay'),
      token('toss', 'toss'),
      token('removed', 'kakaopay', false),
      token('lost', 'kakaopay'),
      token('late', 'kakaopay', false),
    ],
    keys: [...seen.keys].map(([key, [registrationId = null]]) => ({ key, registrationId })),
    plain: [],
    searched: [...PLACES],
    seen,
    roughness: { tried: 36, kills: 5, aimed: 3, met: 2 },
  }
}

type Harm = (situation: RegistrationSituation) => void

/** What could go wrong, and the rules that must see it. */
const HARMS: readonly [string, readonly (keyof typeof REGISTRATION_RULES)[], Harm][] = [
  [
    'a registration is forgotten in doubt',
    ['every registration ended'],
    (all) => replace(all.registrations, 4, { state: 'unknown', endCode: null }),
  ],
  [
    'a registration was never carried on after its customer came back',
    ['every registration ended'],
    (all) => replace(all.registrations, 3, { state: 'authorised', endCode: null }),
  ],
  [
    'a page is never over',
    ['every registration ended'],
    (all) => replace(all.registrations, 3, { state: 'awaiting_customer', endCode: null }),
  ],
  [
    'a token is issued twice for one registration',
    ['registration = method = token', 'no token that nobody keeps'],
    (all) => all.tokens.push({ provider: 'toss', token: 't-again', buyerRef: 'b-toss', active: true }),
  ],
  [
    'a registration makes two methods',
    ['registration = method = token'],
    (all) => all.methods.push({ id: 'm9', registrationId: 'toss', state: 'active', token: 't-toss' }),
  ],
  [
    'a method keeps the token of another one',
    ['registration = method = token', 'no token that nobody keeps'],
    (all) => replace(all.methods, 1, { token: 't-kakao' }),
  ],
  [
    'a method is gone',
    ['registration = method = token', 'no token that nobody keeps', 'acknowledged registrations stand'],
    (all) => all.methods.splice(1, 1),
  ],
  [
    'a registration came to nothing, and its method can be charged',
    ['registration = method = token', 'acknowledged registrations stand'],
    (all) => replace(all.registrations, 1, { state: 'failed', endCode: 'answer_lost' }),
  ],
  [
    'a token that came too late is not revoked',
    ['registration = method = token'],
    (all) => replace(all.methods, 3, { state: 'revoking' }),
  ],
  [
    'a token counts as lost without ever having been issued',
    ['registration = method = token'],
    (all) => all.tokens.splice(3, 1),
  ],
  [
    'somebody has a token whom we do not know',
    ['registration = method = token', 'no token that nobody keeps'],
    (all) => all.tokens.push({ provider: 'kakaopay', token: 't9', buyerRef: 'b9', active: true }),
  ],
  [
    'a customer who never came back has a token',
    ['no token that nobody keeps'],
    (all) => all.tokens.push({ provider: 'toss', token: 't-left', buyerRef: 'b-left', active: true }),
  ],
  [
    'a token of Toss is lost, whose answers are repeated',
    ['no token that nobody keeps'],
    (all) => {
      replace(all.registrations, 4, { provider: 'toss' })
      replace(all.tokens, 3, { provider: 'toss' })
    },
  ],
  [
    'a token is dropped that was answered',
    ['no token that nobody keeps'],
    (all) => replace(all.registrations, 4, { doubts: [] }),
  ],
  [
    'a token is dropped because of a refusal',
    ['no token that nobody keeps'],
    (all) => replace(all.registrations, 4, { state: 'declined', endCode: '-780' }),
  ],
  [
    'the token of a stored method has ended at the bank',
    ['no token that nobody keeps'],
    (all) => replace(all.tokens, 1, { active: false }),
  ],
  [
    'the bank was never told of the end of a method',
    ['removed methods revoked', 'no token that nobody keeps'],
    (all) => replace(all.tokens, 2, { active: true }),
  ],
  [
    'the bank is still to be told of the end of a method',
    ['removed methods revoked'],
    (all) => replace(all.methods, 2, { state: 'revoking' }),
  ],
  [
    'a removed method comes back to life',
    ['removed methods revoked'],
    (all) => {
      replace(all.methods, 2, { state: 'active' })
      replace(all.tokens, 2, { active: true })
    },
  ],
  [
    'a method ends that nobody removed',
    ['removed methods revoked', 'acknowledged registrations stand'],
    (all) => {
      replace(all.methods, 0, { state: 'revoked' })
      replace(all.tokens, 0, { active: false })
    },
  ],
  [
    'an acknowledged registration is gone',
    ['acknowledged registrations stand'],
    (all) => all.registrations.splice(3, 1),
  ],
  [
    'a registration shown as failed succeeds later',
    ['acknowledged registrations stand'],
    (all) => replace(all.registrations, 4, { state: 'succeeded', endCode: null }),
  ],
  [
    'a key answered with two registrations',
    ['acknowledged registrations stand'],
    ({ seen }) => seen.keys.get('k-toss')?.add('kakao'),
  ],
  ['a key is forgotten', ['acknowledged registrations stand'], ({ keys }) => keys.shift()],
  [
    'a token is in a table in plain text',
    ['no token in plain text'],
    ({ plain }) => plain.push({ place: 'pgboss.job', token: 't-toss' }),
  ],
  [
    'the log tells a token',
    ['no token in plain text'],
    ({ plain }) => plain.push({ place: '/tmp/server.log', token: 't-lost' }),
  ],
  ['the search for tokens is blind', ['no token in plain text'], ({ searched }) => searched.splice(0)],
  [
    'the search for tokens leaves out a table',
    ['no token in plain text'],
    ({ searched }) => searched.shift(),
  ],
  ['the search for tokens leaves out the log', ['no token in plain text'], ({ searched }) => searched.pop()],
  [
    'most answers with a token are dropped, as if each had been lost by accident',
    ['no token that nobody keeps'],
    (all) => {
      for (const n of Array.from({ length: 12 }).keys()) {
        const [id, buyerRef] = [`dropped-${n}`, `b-dropped-${n}`]
        const over = { provider: 'kakaopay', state: 'failed', endCode: 'token_lost', doubts: ['answer lost'] }
        all.registrations.push({ id, buyerRef, ...over })
        all.tokens.push({ provider: 'kakaopay', token: `t-${id}`, buyerRef, active: true })
      }
    },
  ],
  [
    'nobody registered anything',
    ['registrations made'],
    (all) => {
      Object.assign(all, nothingAtAll())
    },
  ],
  ['hardly anything was begun', ['registrations made'], ({ seen }) => seen.keys.clear()],
  [
    'nothing was registered at one of the providers',
    ['registrations made'],
    (all) => replace(all.registrations, 1, { state: 'declined', endCode: 'refused' }),
  ],
  ['nothing was removed', ['registrations made'], ({ seen }) => seen.removed.clear()],
  [
    'nothing was ever in doubt',
    ['registrations made'],
    (all) => {
      all.registrations = all.registrations.map((row) => ({ ...row, doubts: [] }))
    },
  ],
  [
    'nobody was killed among it',
    ['registrations made'],
    ({ roughness }) => {
      roughness.met = 0
    },
  ],
]

/** As it is when nobody comes. */
function nothingAtAll(): RegistrationSituation {
  const roughness = { tried: 0, kills: 5, aimed: 3, met: 0 }
  return {
    registrations: [],
    methods: [],
    tokens: [],
    keys: [],
    plain: [],
    searched: [],
    seen: nothingSeen(),
    roughness,
  }
}

function replace<T extends object>(rows: T[], at: number, change: Partial<T>): void {
  const row = rows[at]
  if (row === undefined) throw new Error(`there is no row ${at}`)
  rows[at] = { ...row, ...change }
}

const brokenRules = (situation: RegistrationSituation) =>
  [...verifyRegistrations(situation)].flatMap(([name, broken]) => (broken.length > 0 ? [name] : []))

/** As many keys were answered as a run of this size has registrations. */
function soundRun(): RegistrationSituation {
  const situation = soundSituation()
  for (let n = 0; n < 30; n++) {
    const id = `more-${n}`
    noteRegistration(
      situation.seen,
      { id, state: 'cancelled', redirectUrl: null, paymentMethodId: null },
      `k-${id}`,
    )
    situation.keys.push({ key: `k-${id}`, registrationId: id })
    situation.registrations.push({
      id,
      provider: 'toss',
      state: 'cancelled',
      endCode: 'replaced',
      buyerRef: `b-${id}`,
      doubts: [],
    })
  }
  return situation
}

describe('verifyRegistrations', () => {
  it('finds nothing when everything fits together', () => {
    expect(brokenRules(soundRun())).toEqual([])
  })

  it('asks of a small run only that somebody registered something', () => {
    const situation = soundSituation()
    situation.roughness = { tried: 6, kills: 1, aimed: 1, met: 0 }
    situation.seen.removed.clear()
    expect(brokenRules(situation)).toEqual([])
  })

  it('lets a token of KakaoPay go that nobody has, though look-ups denied it to the end', () => {
    const situation = soundRun()
    replace(situation.registrations, 4, { state: 'declined', endCode: 'not_issued' })
    situation.seen.states.delete('lost')
    expect(brokenRules(situation)).toEqual([])
  })

  it.each(HARMS)('sees that %s', (_what, rules, harm) => {
    const situation = soundRun()
    harm(situation)
    expect(brokenRules(situation)).toEqual(expect.arrayContaining([...rules]))
  })

  it('has a harm for every rule', () => {
    const tested = new Set(HARMS.flatMap(([, rules]) => rules))
    expect(Object.keys(REGISTRATION_RULES).filter((rule) => !tested.has(rule))).toEqual([])
  })

  it('names the rows that prove a violation', () => {
    const situation = soundRun()
    replace(situation.tokens, 2, { active: true })
    expect(verifyRegistrations(situation).get('removed methods revoked')).toEqual([
      {
        rule: 'a removed method can be charged at the bank',
        about: 'method removed',
        evidence: expect.stringContaining('"token":"t-removed"'),
      },
    ])
  })
})
