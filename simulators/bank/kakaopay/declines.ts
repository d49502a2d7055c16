import type { Decision } from '../decision.ts'
import { effectOf, type Plan } from '../faults/plan.ts'
import { methodResult, refuse } from './errors.ts'
import type { KakaoDeclinedRow } from './rows.ts'

/** The refusal a fault rule has in store for a call that would otherwise succeed. */
export function plannedDecline(
  plan: Plan,
  defaultCode: number,
  row: Omit<KakaoDeclinedRow, 'provider' | 'kind' | 'code'>,
): Decision | undefined {
  const decline = effectOf(plan, 'decline')
  if (decline === undefined) return undefined
  const code = Number(decline.code ?? defaultCode)
  const extras = decline.extras === undefined ? methodResult('LACK_BALANCE') : (decline.extras ?? undefined)
  const unheard = LOST.some((kind) => effectOf(plan, kind) !== undefined) ? { unheard: true as const } : {}
  return refuse(code, decline.message, extras, [
    { ...row, provider: 'kakaopay', kind: 'declined', code, ...unheard },
  ])
}

const LOST = ['timeout_after', 'reset_after'] as const
