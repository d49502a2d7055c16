import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  advanceCycle,
  type Cycle,
  type CycleState,
  type CycleStep,
  cycleSteps,
  isOpen,
  type StepName,
  type Waiting,
} from './cycle.ts'

const at = Temporal.Instant.from('2027-01-08T17:00:00Z')
const later = at.add({ hours: 24 })
const waiting = { kind: 'retry', at: later } as const

const cycles: { readonly [S in CycleState]: Extract<Cycle, { state: S }> } = {
  due: { state: 'due' },
  ordering: { state: 'ordering', orderId: 'o1', postponed: null },
  charging: { state: 'charging', orderId: 'o1', attemptId: 'a1' },
  paid: { state: 'paid', orderId: 'o1', attemptId: 'a1', paidAt: at },
  declined: { state: 'declined', orderId: 'o1', attemptId: 'a1', waiting },
  frozen: { state: 'frozen', orderId: 'o1', attemptId: 'a1', why: 'unknown_outcome', since: at },
  skipped: { state: 'skipped', reason: 'customer' },
  failed: { state: 'failed', orderId: 'o1', attemptId: 'a1', reason: 'tries_used_up' },
}

/** A step that fits the cycles above; charging needs an attempt of its own. */
const steps: { readonly [N in StepName]: Extract<CycleStep, { step: N }> } = {
  order: { step: 'order', orderId: 'o2' },
  charge: { step: 'charge', attemptId: 'a2' },
  pay: { step: 'pay', attemptId: 'a1', at },
  decline: { step: 'decline', attemptId: 'a1', waiting },
  await: { step: 'await', waiting: { kind: 'new_method', giveUpAt: later } },
  freeze: { step: 'freeze', attemptId: 'a1', why: 'unknown_outcome', at },
  postpone: { step: 'postpone', attemptId: 'a1', notBefore: later },
  skip: { step: 'skip', reason: 'missed' },
  fail: { step: 'fail', attemptId: 'a1', reason: 'tries_used_up' },
}

const legal = [
  'due order ordering',
  'due skip skipped',
  'ordering charge charging',
  'ordering await declined',
  'ordering skip skipped',
  'charging pay paid',
  'charging decline declined',
  'charging freeze frozen',
  'charging postpone ordering',
  'charging fail failed',
  'declined charge charging',
  'declined await declined',
  'declined skip skipped',
  'declined fail failed',
  'frozen pay paid',
  'frozen decline declined',
  'frozen postpone ordering',
  'frozen fail failed',
]
/** Reports that tell a cycle what it knows already. */
const repeats = ['paid pay', 'declined decline', 'frozen freeze', 'failed fail']

const pairs = Object.values(cycles).flatMap((cycle) =>
  Object.values(steps).map((step) => [cycle.state, step.step] as const),
)

describe('every state and every step', () => {
  test('the table says what this list says', () => {
    const table = Object.entries(cycleSteps).flatMap(([from, row]) =>
      Object.entries(row).map(([step, to]) => `${from} ${step} ${to}`),
    )
    expect(table.sort()).toEqual([...legal].sort())
  })

  test.each(pairs)('%s, %s', (from, name) => {
    const result = advanceCycle(cycles[from], steps[name])
    const entry = legal.find((line) => line.startsWith(`${from} ${name} `))
    if (entry) {
      expect(result.kind).toBe('moved')
      expect(result.kind === 'moved' && result.cycle.state).toBe(entry.split(' ')[2])
    } else if (repeats.includes(`${from} ${name}`)) {
      expect(result).toEqual({ kind: 'same', cycle: cycles[from] })
    } else {
      expect(result).toEqual({ kind: 'refused', code: 'illegal_cycle_step', from, step: name })
    }
  })
})

describe('what the states carry', () => {
  test('from due to paid, through a refusal', () => {
    const story: CycleStep[] = [
      { step: 'order', orderId: 'o1' },
      { step: 'charge', attemptId: 'a1' },
      { step: 'decline', attemptId: 'a1', waiting },
      { step: 'charge', attemptId: 'a2' },
      { step: 'pay', attemptId: 'a2', at: later },
    ]
    const seen: Cycle[] = []
    let cycle: Cycle = { state: 'due' }
    for (const step of story) {
      const result = advanceCycle(cycle, step)
      if (result.kind !== 'moved') throw new Error(result.kind)
      cycle = result.cycle
      seen.push(cycle)
    }
    expect(seen).toEqual([
      { state: 'ordering', orderId: 'o1', postponed: null },
      { state: 'charging', orderId: 'o1', attemptId: 'a1' },
      { state: 'declined', orderId: 'o1', attemptId: 'a1', waiting },
      { state: 'charging', orderId: 'o1', attemptId: 'a2' },
      { state: 'paid', orderId: 'o1', attemptId: 'a2', paidAt: later },
    ])
  })

  test('an attempt that took no money may be sent again, also after it was frozen', () => {
    for (const from of [cycles.charging, cycles.frozen]) {
      const result = advanceCycle(from, steps.postpone)
      expect(result).toEqual({
        kind: 'moved',
        cycle: { state: 'ordering', orderId: 'o1', postponed: { attemptId: 'a1', notBefore: later } },
      })
      if (result.kind !== 'moved') throw new Error(result.kind)
      expect(advanceCycle(result.cycle, steps.postpone).kind).toBe('same')
      expect(advanceCycle(result.cycle, { step: 'charge', attemptId: 'a1' }).kind).toBe('moved')
    }
  })

  test('without a method it waits for one, keeps its order, and is lost or charged anew', () => {
    const result = advanceCycle(cycles.ordering, steps.await)
    expect(result).toEqual({
      kind: 'moved',
      cycle: { state: 'declined', orderId: 'o1', attemptId: null, waiting: steps.await.waiting },
    })
    if (result.kind !== 'moved') throw new Error(result.kind)
    expect(advanceCycle(result.cycle, steps.await).kind).toBe('same')
    expect(advanceCycle(result.cycle, steps.charge).kind).toBe('moved')
    expect(advanceCycle(result.cycle, { step: 'fail', attemptId: null, reason: 'no_new_method' }).kind).toBe(
      'moved',
    )
    expect(advanceCycle(result.cycle, { step: 'fail', attemptId: 'a1', reason: 'no_new_method' }).kind).toBe(
      'refused',
    )
  })

  test('a refused cycle may wait for something else, and its attempt stays known', () => {
    expect(advanceCycle(cycles.declined, steps.await)).toMatchObject({
      kind: 'moved',
      cycle: { attemptId: 'a1' },
    })
  })

  test('the repeated order, charge and skip change nothing', () => {
    expect(advanceCycle(cycles.ordering, { step: 'order', orderId: 'o1' }).kind).toBe('same')
    expect(advanceCycle(cycles.ordering, { step: 'order', orderId: 'o9' }).kind).toBe('refused')
    expect(advanceCycle(cycles.charging, { step: 'charge', attemptId: 'a1' }).kind).toBe('same')
    expect(advanceCycle(cycles.charging, { step: 'charge', attemptId: 'a9' }).kind).toBe('refused')
    expect(advanceCycle(cycles.charging, { step: 'order', orderId: 'o1' }).kind).toBe('refused')
    expect(advanceCycle(cycles.skipped, { step: 'skip', reason: 'customer' }).kind).toBe('same')
    expect(advanceCycle(cycles.skipped, { step: 'skip', reason: 'paused' }).kind).toBe('refused')
    expect(advanceCycle(cycles.failed, { step: 'fail', attemptId: 'a1', reason: 'cancelled' }).kind).toBe(
      'refused',
    )
  })

  test.each(['pay', 'decline', 'freeze', 'postpone', 'fail'] as const)(
    '%s of another attempt is refused',
    (name) => {
      expect(advanceCycle(cycles.charging, { ...steps[name], attemptId: 'a9' })).toEqual({
        kind: 'refused',
        code: 'another_attempt',
        from: 'charging',
        step: name,
      })
    },
  )

  test('the first report of a refusal counts; what another attempt reports afterwards is no repeat', () => {
    const other = { kind: 'new_method', giveUpAt: later } as const
    expect(advanceCycle(cycles.declined, { step: 'decline', attemptId: 'a1', waiting: other })).toEqual({
      kind: 'same',
      cycle: cycles.declined,
    })
    for (const [state, name] of [
      ['declined', 'decline'],
      ['frozen', 'freeze'],
      ['failed', 'fail'],
    ] as const)
      expect(advanceCycle(cycles[state], { ...steps[name], attemptId: 'a9' }).kind).toBe('refused')
  })

  test('left out and failed are two ends, even for the same reason', () => {
    const skipped = { state: 'skipped', reason: 'cancelled' } as const
    expect(advanceCycle(skipped, { step: 'fail', attemptId: null, reason: 'cancelled' }).kind).toBe('refused')
    const failed = { ...cycles.failed, reason: 'cancelled' } as const
    expect(advanceCycle(failed, { step: 'skip', reason: 'cancelled' }).kind).toBe('refused')
  })

  test('a second payment is never accepted', () => {
    const result = advanceCycle(cycles.paid, { step: 'pay', attemptId: 'a9', at })
    expect(result.kind).toBe('refused')
  })

  test('a retry needs an attempt of its own', () => {
    expect(advanceCycle(cycles.declined, { step: 'charge', attemptId: 'a1' })).toMatchObject({
      code: 'another_attempt',
    })
  })

  test('no deadline and no cancellation ends a cycle whose money may have moved', () => {
    for (const cycle of [cycles.charging, cycles.frozen])
      for (const reason of ['no_new_method', 'cancelled'] as const)
        expect(advanceCycle(cycle, { step: 'fail', attemptId: 'a1', reason })).toMatchObject({
          kind: 'refused',
          code: 'illegal_cycle_step',
        })
    expect(advanceCycle(cycles.declined, { step: 'fail', attemptId: 'a1', reason: 'cancelled' }).kind).toBe(
      'moved',
    )
  })

  test('open states', () => {
    const open = Object.values(cycles).flatMap(({ state }) => (isOpen(state) ? [state] : []))
    expect(open).toEqual(['due', 'ordering', 'charging', 'declined', 'frozen'])
  })
})

describe('any sequence of steps', () => {
  const attempt = fc.constantFrom('a1', 'a2', 'a3')
  const anyStep: fc.Arbitrary<CycleStep> = fc.oneof(
    fc.record({ step: fc.constant('order' as const), orderId: fc.constantFrom('o1', 'o2') }),
    fc.record({ step: fc.constant('charge' as const), attemptId: attempt }),
    fc.record({ step: fc.constant('pay' as const), attemptId: attempt, at: fc.constant(at) }),
    fc.record({ step: fc.constant('decline' as const), attemptId: attempt, waiting: fc.constant(waiting) }),
    fc.record({
      step: fc.constant('freeze' as const),
      attemptId: attempt,
      why: fc.constantFrom('unknown_outcome' as const, 'invalid_request' as const),
      at: fc.constant(at),
    }),
    fc.record({
      step: fc.constant('await' as const),
      waiting: fc.constantFrom<Waiting>(waiting, { kind: 'new_method', giveUpAt: later }),
    }),
    fc.record({ step: fc.constant('postpone' as const), attemptId: attempt, notBefore: fc.constant(later) }),
    fc.record({
      step: fc.constant('fail' as const),
      attemptId: attempt,
      reason: fc.constant('tries_used_up' as const),
    }),
  )

  test('charges after a freeze only once the attempt is settled; one payment; each step twice is once', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (list) => {
        let cycle: Cycle = { state: 'due' }
        let payments = 0
        for (const step of list) {
          const before = cycle.state
          const result = advanceCycle(cycle, step)
          if (result.kind !== 'moved') continue
          cycle = result.cycle
          expect(advanceCycle(cycle, step).kind).toBe('same')
          if (step.step === 'pay') payments += 1
          if (step.step === 'charge') expect(['ordering', 'declined']).toContain(before)
          expect(isOpen(before)).toBe(true)
        }
        expect(payments).toBe(cycle.state === 'paid' ? 1 : 0)
      }),
      { numRuns: 500 },
    )
  })
})
