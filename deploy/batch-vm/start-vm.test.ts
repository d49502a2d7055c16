import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { main, type StartVm, signatureOf, startVm } from './start-vm.ts'

const KEYS = { accessKey: 'access-of-a-test', secretKey: 'secret-of-a-test' }
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

interface Cloud {
  state: 'NSTOP' | 'BOOTING' | 'RUN'
  starts: number
  /** Answers before it behaves. */
  faults: number[]
  slack: string[]
}

/** A cloud as its documentation describes it, which checks signatures; and Slack beside it. */
async function cloud(begin: Partial<Cloud> = {}): Promise<{ seen: Cloud; vm: StartVm }> {
  const seen: Cloud = { state: 'NSTOP', starts: 0, faults: [], slack: [], ...begin }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://cloud')
    if (pathname === '/slack') {
      request.on('data', (text: Buffer) => seen.slack.push(text.toString()))
      return void request.on('end', () => response.end('ok'))
    }
    const fault = seen.faults.shift()
    if (fault !== undefined) return void response.writeHead(fault).end('{}')
    const header = (name: string) => String(request.headers[name])
    const wanted = signatureOf('GET', request.url ?? '', header('x-ncp-apigw-timestamp'), KEYS)
    const signed =
      header('x-ncp-apigw-signature-v2') === wanted && header('x-ncp-iam-access-key') === KEYS.accessKey
    if (!signed) return void response.writeHead(401).end('{"error":"Invalid signature"}')
    if (pathname.endsWith('/startServerInstances')) {
      seen.starts += 1
      if (seen.state !== 'NSTOP') return void response.writeHead(400).end('{"error":"not stopped"}')
      seen.state = 'BOOTING'
      return void response.end('{}')
    }
    const list =
      searchParams.get('serverInstanceNoList.1') === 'vm-1'
        ? [{ serverInstanceNo: 'vm-1', serverInstanceStatus: { code: seen.state } }]
        : []
    response.end(JSON.stringify({ getServerInstanceListResponse: { serverInstanceList: list } }))
    if (seen.state === 'BOOTING') seen.state = 'RUN'
  })
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const vm: StartVm = {
    ...KEYS,
    apiUrl: url,
    instance: 'vm-1',
    slackWebhook: `${url}/slack`,
    withinMs: 2_000,
    everyMs: 5,
    now: () => Date.now(),
  }
  return { seen, vm }
}

describe('the batch machine', () => {
  it('is started, once, and is up', async () => {
    const { seen, vm } = await cloud()
    expect(await startVm(vm)).toEqual({ kind: 'started' })
    expect(seen).toMatchObject({ starts: 1, state: 'RUN', slack: [] })
    expect(await startVm(vm)).toEqual({ kind: 'was_running' })
    expect(seen.starts).toBe(1)
  })

  it('is started by one of two calls at the same moment', async () => {
    const { seen, vm } = await cloud()
    const ends = await Promise.all([startVm(vm), startVm(vm)])
    expect(ends.map(({ kind }) => kind)).not.toContain('failed')
    expect(seen).toMatchObject({ state: 'RUN', slack: [] })
  })

  it('is asked again when the cloud is in trouble for a moment', async () => {
    const { seen, vm } = await cloud({ faults: [500, 502, 429] })
    expect(await startVm(vm)).toEqual({ kind: 'started' })
    expect(seen.slack).toEqual([])
  })

  it('that does not come up is told to Slack, with what is known', async () => {
    const { seen, vm } = await cloud({ faults: Array.from({ length: 1_000 }, () => 503) })
    expect(await startVm({ ...vm, withinMs: 60 })).toMatchObject({ kind: 'failed' })
    expect(seen.slack).toHaveLength(1)
    expect(seen.slack[0]).toContain('503')
  })

  it.each([
    ['a wrong key', { secretKey: 'wrong' }, '401'],
    ['a machine that is not there', { instance: 'vm-2' }, 'no machine vm-2'],
  ])('with %s fails at once, and no secret is told', async (_what, wrong, said) => {
    const { seen, vm } = await cloud()
    expect(await startVm({ ...vm, ...wrong })).toMatchObject({ kind: 'failed' })
    expect(seen.starts).toBe(0)
    expect(seen.slack.join()).toContain(said)
    expect(seen.slack.join()).not.toContain(vm.secretKey)
  })

  it('is started by hand with the parameters in a file; the exit code says how it ended', async () => {
    const { seen, vm } = await cloud()
    const folder = mkdtempSync(join(tmpdir(), 'start-vm-'))
    const run = (instance: string) => {
      const { apiUrl, accessKey, secretKey, slackWebhook } = vm
      const file = join(folder, instance)
      writeFileSync(file, JSON.stringify({ apiUrl, accessKey, secretKey, slackWebhook, instance }))
      return promisify(execFile)(process.execPath, [join(import.meta.dirname, 'start-vm.ts'), file])
    }
    seen.state = 'RUN'
    expect((await run('vm-1')).stdout).toBe('was_running\n')
    await expect(run('vm-2')).rejects.toMatchObject({ code: 1, stdout: 'failed: there is no machine vm-2\n' })
    rmSync(folder, { recursive: true })
  })

  it('needs all its parameters', async () => {
    await expect(main({ accessKey: 'a', secretKey: 'b', instance: 'c' })).rejects.toThrow(
      'slackWebhook is missing',
    )
  })
})

it('the signature is what another program makes of the same text', () => {
  const signed = signatureOf('GET', '/a?b=c', '1505290625682', { accessKey: 'key', secretKey: 'secret' })
  expect(signed).toBe('b0x41I8+rUzWOEs1nsgtDqpGraYor3E0acZ/ZCb5cyk=')
})
