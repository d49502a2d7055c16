import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const SCRIPT = join(import.meta.dirname, 'watch-the-watch.sh')
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

interface Answer {
  status: number
  body?: string
}

async function serve(answer: (path: string, body: string) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      const { status, body = 'ok' } = answer(request.url ?? '', text)
      response.writeHead(status).end(body)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  ends.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const KNOWS = '{"status":"success","data":{"activeAlertmanagers":[{"url":"http://a:9093/api/v2/alerts"}]}}'
const KNOWS_NONE = '{"status":"success","data":{"activeAlertmanagers":[],"droppedAlertmanagers":[]}}'

const SENT = '{"status":"success","data":{"resultType":"vector","result":[]}}'
const NOT_SENT =
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"ALERTS","alertname":"AlarmsNotSent","alertstate":"firing"},"value":[1,"1"]}]}}'
const UNSENT = 'ALERTS{alertname="AlarmsNotSent",alertstate="firing"}'

/** Prometheus, Alertmanager and Slack, each answering as told; and the script, looking at them. */
async function world() {
  const now = {
    alertmanager: { status: 200 } as Answer,
    prometheus: { status: 200, body: KNOWS } as Answer,
    unsent: { status: 200, body: SENT } as Answer,
    slack: 200,
  }
  const told: string[] = []
  const alertmanager = await serve(() => now.alertmanager)
  const prometheus = await serve((path) => {
    const { pathname, searchParams } = new URL(path, 'http://prometheus')
    if (pathname === '/api/v1/alertmanagers') return now.prometheus
    return pathname === '/api/v1/query' && searchParams.get('query') === UNSENT ? now.unsent : { status: 404 }
  })
  const slack = await serve((_, body) => {
    if (now.slack === 200) told.push((JSON.parse(body) as { text: string }).text)
    return { status: now.slack }
  })
  const folder = mkdtempSync(join(tmpdir(), 'watch-the-watch-'))
  ends.push(() => rmSync(folder, { recursive: true }))
  const state = join(folder, 'state')
  writeFileSync(join(folder, 'webhook'), `${slack}/services/secret\n`)
  const env = {
    PATH: process.env.PATH,
    PROMETHEUS: prometheus,
    ALERTMANAGER: alertmanager,
    WEBHOOK_FILE: join(folder, 'webhook'),
    STATE: state,
  }
  const look = () =>
    new Promise<number>((done) => {
      execFile(SCRIPT, [], { env }, (error) => done(typeof error?.code === 'number' ? error.code : 0))
    })
  return { now, told, look, state }
}

describe('watch-the-watch.sh', () => {
  it('is silent while an alarm would arrive', async () => {
    const { look, told } = await world()
    expect(await look()).toBe(0)
    expect(told).toEqual([])
  })

  it('tells that Alertmanager is away, again after an hour, and that it is back', async () => {
    const { now, look, told, state } = await world()
    now.alertmanager = { status: 503 }
    expect([await look(), await look()]).toEqual([1, 1])
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('Alertmanager')
    expect(told[0]).not.toContain('Prometheus')
    const anHourAgo = Date.now() / 1000 - 3_700
    utimesSync(state, anHourAgo, anHourAgo)
    expect(await look()).toBe(1)
    expect(told).toHaveLength(2)
    now.alertmanager = { status: 200 }
    expect([await look(), await look()]).toEqual([0, 0])
    expect(told).toHaveLength(3)
    expect(told[2]).toContain('alarms arrive again')
  })

  it('tells at once when more goes wrong, and that Prometheus sends its alarms nowhere', async () => {
    const { now, look, told } = await world()
    now.prometheus = { status: 200, body: KNOWS_NONE }
    expect(await look()).toBe(1)
    now.alertmanager = { status: 500 }
    now.prometheus = { status: 502 }
    expect(await look()).toBe(1)
    expect(told).toHaveLength(2)
    expect(told[0]).toContain('knows no Alertmanager')
    expect(told[1]).toMatch(/Alertmanager .*Prometheus 응답 없음/)
  })

  it('tells that Alertmanager cannot send, which it cannot tell itself, and that it can again', async () => {
    const { now, look, told } = await world()
    now.unsent = { status: 200, body: NOT_SENT }
    expect([await look(), await look()]).toEqual([1, 1])
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('Alertmanager cannot send alarms')
    now.unsent = { status: 200, body: SENT }
    expect(await look()).toBe(0)
    expect(told[1]).toContain('alarms arrive again')
  })

  it.each([
    { status: 422, body: '{"status":"error"}' },
    { status: 200, body: 'not what was asked for' },
  ])('does not take an answer it does not understand for a good one ($status)', async (unsent) => {
    const { now, look, told } = await world()
    now.unsent = unsent
    expect(await look()).toBe(1)
    expect(told[0]).toContain('does not tell its alarms')
  })

  it('tries again the next time when Slack did not hear it', async () => {
    const { now, look, told } = await world()
    now.alertmanager = { status: 503 }
    now.slack = 500
    expect(await look()).toBe(2)
    now.slack = 200
    expect(await look()).toBe(1)
    expect(told).toHaveLength(1)
  })
})
