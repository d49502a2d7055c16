import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startBank } from './server.ts'
import {
  chargeSid,
  issuedSid,
  journal,
  kakao,
  ORDER,
  paidPayment,
  post,
  request,
  temporaryFolder,
  testBank,
  until,
} from './testing.ts'

describe('the journal', () => {
  test('everything is as before after a restart, even with a line cut short', async () => {
    const data = temporaryFolder()
    const first = await testBank({ data })
    const sid = await issuedSid(first)
    const { tid } = (await paidPayment(first, { partner_order_id: 'order-2' })).body
    await kakao(first, 'cancel', { cid: 'TC0ONETIME', tid, cancel_amount: 1000, cancel_tax_free_amount: 0 })
    await post(`${first.url}/tokens/${sid}`, { declines: 2 })
    await chargeSid(first, sid)
    const orderBefore = (await kakao(first, 'order', { cid: 'TC0ONETIME', tid })).body
    const summaryBefore = (await request(`${first.url}/journal/summary?byOrder=1`)).body
    const rowsBefore = await journal(first)
    await first.close()
    appendFileSync(join(data, 'journal.ndjson'), '{"seq":99,"at":"2026-01-01T00:00:00.000Z","kind":"char')

    const second = await testBank({ data })
    expect((await kakao(second, 'order', { cid: 'TC0ONETIME', tid })).body).toEqual(orderBefore)
    expect((await request(`${second.url}/journal/summary?byOrder=1`)).body).toEqual(summaryBefore)
    expect(await journal(second)).toEqual(rowsBefore)
    expect((await chargeSid(second, sid)).body.error_code).toBe(-782)
    expect((await chargeSid(second, sid)).status).toBe(200)
    const rows = await journal(second)
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1))
    expect(new Set(rows.flatMap(({ aid }) => (aid === undefined ? [] : [aid]))).size).toBe(4)
  })

  test('damage in the middle stops the start', async () => {
    const data = temporaryFolder()
    const bank = await testBank({ data })
    await issuedSid(bank)
    await bank.close()
    const path = join(data, 'journal.ndjson')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"seq":2', '"seq":x'))
    await expect(startBank({ data })).rejects.toThrow(/damaged at byte/)
  })

  test('only one bank per folder', async () => {
    const { data } = await testBank()
    await expect(startBank({ data })).rejects.toThrow(/Another bank/)
  })

  test('can be filtered, continued from a sequence, and streamed as lines', async () => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    for (let i = 0; i < 300; i++) await chargeSid(bank, sid, { partner_order_id: `cycle-${i}` })
    const all = await journal(bank)
    expect(all).toHaveLength(305)
    expect(await journal(bank, '?since=290')).toEqual(all.slice(290))
    expect(await journal(bank, '?since=10&limit=5')).toEqual(all.slice(10, 15))
    expect(await journal(bank, '?since=999')).toEqual([])
    expect(await journal(bank, '?partnerOrderId=cycle-29')).toMatchObject([
      { kind: 'charge', amount: 11_000 },
    ])
    expect(await journal(bank, '?kind=charge&provider=kakaopay')).toHaveLength(301)
    expect(await journal(bank, '?provider=toss')).toEqual([])
    const lines = await fetch(`${bank.url}/journal?since=300`, {
      headers: { accept: 'application/x-ndjson' },
    })
    expect(lines.headers.get('content-type')).toContain('application/x-ndjson')
    const text = await lines.text()
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(all.slice(300))
    for (const bad of ['?since=-1', '?since=x', '?limit=1.5', '?order=1'])
      expect((await request(`${bank.url}/journal${bad}`)).status).toBe(400)
  })

  test('the same seed and calls give the same ids, another seed others', async () => {
    const ids = async (seed: number) => (await paidPayment(await testBank({ seed }))).body.tid
    const first = await ids(1)
    expect(await ids(1)).toBe(first)
    expect(await ids(2)).not.toBe(first)
  })
})

describe('the clock', () => {
  test('a manual one goes where it is told, also backwards, and stays over a restart', async () => {
    const data = temporaryFolder()
    const bank = await testBank({ data, clock: 'manual' })
    for (const now of ['2027-05-05T00:00:00.000Z', '2026-01-01T00:00:00.000Z'])
      expect((await post(`${bank.url}/clock`, { now })).body).toMatchObject({ mode: 'manual', now })
    await issuedSid(bank)
    await bank.close()
    const again = await testBank({ data, clock: 'manual' })
    expect((await request(`${again.url}/clock`)).body).toEqual({
      mode: 'manual',
      now: '2026-01-01T00:00:00.000Z',
      seoul: '2026-01-01T09:00:00+09:00',
    })
    for (const now of ['tomorrow', 5, '2026-13-01T00:00:00Z', '2026-01-01'])
      expect((await post(`${again.url}/clock`, { now })).status).toBe(400)
  })

  test('a real one cannot be moved', async () => {
    const bank = await testBank()
    expect((await post(`${bank.url}/clock`, { now: '2026-01-01T00:00:00Z' })).status).toBe(409)
  })
})

test('says what it is, that it lives, and what it does not know', async () => {
  const bank = await testBank()
  const page = await (await fetch(bank.url)).text()
  expect(page).toContain('모의 결제사')
  expect(page).toContain('/journal/summary')
  expect((await request(`${bank.url}/health`)).body.status).toBe('ok')
  expect((await request(`${bank.url}/nothing`)).status).toBe(404)
})

test('never starts in production', async () => {
  vi.stubEnv('NODE_ENV', 'production')
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(startBank({ data: temporaryFolder() })).rejects.toThrow(/production/)
})

describe('the command', () => {
  interface Command {
    child: ChildProcess
    output: () => string
    exit: Promise<number | null>
  }

  function run(args: string[], env: Record<string, string> = {}): Command {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
      env: { PATH: process.env.PATH, ...env },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    onTestFinished(() => void child.kill('SIGKILL'))
    return { child, output: () => output, exit: new Promise((resolve) => child.once('close', resolve)) }
  }

  async function running(args: string[]): Promise<Command & { url: string }> {
    const command = run(args)
    await until(
      async () => command.output(),
      (text) => text.includes('listening'),
      20_000,
    )
    return { ...command, url: /http:\S+/.exec(command.output())?.[0] ?? '' }
  }

  test('forgets nothing it has answered when it is killed', async () => {
    const data = temporaryFolder()
    const first = await running(['--port', '0', '--data', data])
    const sid = await issuedSid(first)
    const answered: unknown[] = []
    const load = Array.from({ length: 20 }, async (_, worker) => {
      for (let i = 0; i < 200; i++) {
        const reply = await chargeSid(first, sid, { partner_order_id: `c-${worker}-${i}` })
        answered.push(reply.body.tid)
        if (answered.length === 300) first.child.kill('SIGKILL')
      }
    })
    await Promise.allSettled(load)
    expect(await first.exit).toBe(null)
    const second = await running(['--port', '0', '--data', data])
    const kept = new Set((await journal(second, '?kind=charge')).map(({ tid }) => tid))
    expect(answered.length).toBeGreaterThanOrEqual(300)
    expect(answered.filter((tid) => !kept.has(tid))).toEqual([])
    second.child.kill('SIGTERM')
    expect(await second.exit).toBe(0)
  })

  test('says clearly why it does not start', async () => {
    const data = temporaryFolder()
    const bank = await testBank({ data })
    for (const [args, env, code, said] of [
      [['--help'], {}, 0, '--clock KIND'],
      [[], { NODE_ENV: 'production' }, 1, 'refuses to start in production'],
      [
        ['--port', String(bank.port), '--data', temporaryFolder()],
        {},
        1,
        `Port ${bank.port} on 127.0.0.1 is in use`,
      ],
      [['--port', '0', '--data', data], {}, 1, 'Another bank is using the folder'],
      [['--port', 'x'], {}, 1, '--port must be a whole number'],
      [['--clock', 'sun'], {}, 1, '--clock must be real or manual'],
      [['--what'], {}, 1, 'Unknown option'],
    ] as const) {
      const command = run([...args], env)
      expect([await command.exit, command.output()]).toEqual([code, expect.stringContaining(said)])
    }
  })
})

test('a body that is too long is refused', async () => {
  const bank = await testBank()
  const long = { cid: 'TC0ONETIME', ...ORDER, custom_json: 'x'.repeat(70_000) }
  expect((await kakao(bank, 'ready', long)).body.error_code).toBe(-2)
})
