import type { Bank } from '../bank.ts'
import { effectOf, type Plan } from '../faults/plan.ts'
import { type Exchange, redirect, sendHtml } from './exchange.ts'
import { pause } from './trouble.ts'

/** Adds query parameters to an address, leaving what it already has exactly as it is. */
export function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const hash = url.indexOf('#')
  const base = hash === -1 ? url : url.slice(0, hash)
  const added = new URLSearchParams(parameters).toString()
  if (added === '') return url
  const joint = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&'
  return `${base}${joint}${added}${hash === -1 ? '' : url.slice(hash)}`
}

async function visit(url: string): Promise<void> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(30_000) })
    await response.body?.cancel()
  } catch {
    // The shop may be down or slow; a browser would not care either.
  }
}

/**
 * Sends the customer's browser back to the shop with these parameters, unless a rule wants the return lost,
 * forged, or made several times by the bank itself beside the browser.
 */
export function returnToShop(
  bank: Bank,
  exchange: Exchange,
  plan: Plan,
  url: string,
  parameters: Readonly<Record<string, string>>,
  strandedPage: string,
): void {
  const target = withQuery(url, { ...parameters, ...effectOf(plan, 'tamper_return')?.set })
  const copies = effectOf(plan, 'duplicate_callback')
  if (copies !== undefined) void callBack(bank, target, copies.copies ?? 1, copies.gapMs ?? 0)
  if (effectOf(plan, 'no_return') === undefined) redirect(exchange, target)
  else sendHtml(exchange, 200, strandedPage)
}

async function callBack(bank: Bank, url: string, copies: number, gapMs: number): Promise<void> {
  for (let sent = 0; sent < copies && !bank.closing; sent++) {
    if (gapMs === 0) void visit(url)
    else {
      await pause(gapMs)
      await visit(url)
    }
  }
}
