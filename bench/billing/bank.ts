import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../../src/platform/database/embedded.ts'
import { answering } from '../measure/child.ts'

/** A bank of the benchmark's own; its journal stays with the data, because charges of earlier runs are in there. */
export interface BenchBank {
  readonly pid: number
  readonly port: number
  know(tokens: readonly { token: string; partnerUserId: string }[]): Promise<void>
  /** Every charge takes so long from now on. */
  answerAfter(ms: number): Promise<void>
  /** Number of the journal's last row. */
  lastRow(): Promise<number>
  /** Our references of all charges after a row, one for each charge. */
  chargesSince(row: number): Promise<string[]>
  stop(): Promise<void>
}

const MAIN = join(import.meta.dirname, '../../simulators/bank/main.ts')
const TOKENS_AT_ONCE = 20_000

export async function startBank(dataDir: string): Promise<BenchBank> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    process.execPath,
    [MAIN, '--port', String(port), '--data', join(dataDir, 'billing-bank')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(child, 'exit')
  await answering(child, `${url}/clock`)
  const rows = async (query: string) => {
    const answer = await fetch(`${url}/journal?${query}`, { headers: { accept: 'application/x-ndjson' } })
    const lines = (await answer.text()).split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line) as { seq: number; partnerOrderId: string })
  }
  return {
    pid: child.pid ?? 0,
    port,
    know: async (tokens) => {
      for (let from = 0; from < tokens.length; from += TOKENS_AT_ONCE) {
        const some = tokens.slice(from, from + TOKENS_AT_ONCE)
        await send(`${url}/tokens`, 'POST', { provider: 'kakaopay', tokens: some })
      }
    },
    answerAfter: async (ms) => {
      await send(`${url}/faults`, 'DELETE')
      if (ms === 0) return
      const effect = { kind: 'latency', distribution: 'fixed', ms }
      await send(`${url}/faults`, 'POST', {
        match: { provider: 'kakaopay', operation: 'subscription' },
        effect,
      })
    },
    lastRow: async () => (await rows('')).at(-1)?.seq ?? 0,
    chargesSince: async (row) => (await rows(`kind=charge&since=${row}`)).map((one) => one.partnerOrderId),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function send(url: string, method: string, body?: unknown): Promise<void> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`bank: ${answer.status} ${await answer.text()}`)
}
