import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { sampleNotices } from '../notices.fixture.ts'
import { letterOf } from '../wording/letter.ts'
import { AddressRefused, type OutgoingMessage } from './channel.ts'
import { fileChannel, MESSAGES_FILE } from './file-channel.ts'
import { channelOf, type NotificationsSettings } from './settings.ts'
import { smtpChannel } from './smtp-channel.ts'
import { startSmtpServer } from './smtp-server.fixture.ts'
import { SIGNATURE_HEADER, signatureOf, webhookChannel } from './webhook-channel.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const from = 'Pillivery <no-reply@shop.example>'
const message: OutgoingMessage = {
  ...letterOf(sampleNotices.charged, { name: '김하늘', language: 'ko', itemName: '오메가3' }),
  id: '01990000-0000-7000-8000-000000000001',
  kind: 'charged',
  to: { name: '김하늘', email: 'sky@example.com' },
  language: 'ko',
  createdAt: Temporal.Instant.from('2026-11-21T00:00:00Z'),
}

async function smtp(...mood: Parameters<typeof startSmtpServer>) {
  const server = await startSmtpServer(...mood)
  cleanups.push(() => server.stop())
  return server
}

/** The decoded value of a header, folded lines joined. */
function header(source: string, name: string): string | undefined {
  const head = source.split(/\r?\n\r?\n/)[0]?.replace(/\r?\n[ \t]/g, ' ') ?? ''
  const raw = new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]
  return raw
    ?.replace(/\?= +=\?/g, '?==?')
    .replace(/=\?utf-8\?(b|q)\?([^?]*)\?=/gi, (_, code: string, text: string) =>
      code.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString()
        : decodeURIComponent(text.replaceAll('_', ' ').replaceAll('=', '%')),
    )
}

/** The text/plain and text/html parts, decoded. */
function parts(source: string): Record<string, string> {
  const boundary = /boundary="([^"]+)"/.exec(source)?.[1] ?? ''
  const found: Record<string, string> = {}
  for (const part of source.split(`--${boundary}`).slice(1, -1)) {
    const [, head = '', body = ''] = /^\r?\n([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(part) ?? []
    const type = /Content-Type: ([\w/]+)/i.exec(head)?.[1] ?? ''
    found[type] = /base64/i.test(head)
      ? Buffer.from(body, 'base64').toString()
      : Buffer.from(
          body
            .replace(/=\r?\n/g, '')
            .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        ).toString()
  }
  return found
}

describe('the mail channel', () => {
  it('sends text and HTML with a stable Message-ID and date', async () => {
    const server = await smtp()
    const send = smtpChannel({ url: server.url, from })
    await send(message)
    await send(message)
    const [first, second] = server.taken
    expect(server.taken).toHaveLength(2)
    expect(first).toMatchObject({ from: 'no-reply@shop.example', to: ['sky@example.com'] })
    const source = first?.source ?? ''
    expect(header(source, 'Subject')).toBe(message.subject)
    expect(header(source, 'To')).toBe('김하늘 <sky@example.com>')
    expect(header(source, 'Message-ID')).toBe(`<${message.id}@shop.example>`)
    expect(header(source, 'Date')).toBe('Sat, 21 Nov 2026 00:00:00 +0000')
    expect(header(source, 'Auto-Submitted')).toBe('auto-generated')
    expect(header(second?.source ?? '', 'Message-ID')).toBe(header(source, 'Message-ID'))
    const { 'text/plain': text = '', 'text/html': html = '' } = parts(source)
    expect(text.replaceAll('\r\n', '\n').trim()).toBe(message.text)
    expect(html).toContain('<b>오메가3</b>')
  })

  it('keeps a name with line breaks out of the headers', async () => {
    const server = await smtp()
    await smtpChannel({ url: server.url, from })({
      ...message,
      to: { name: 'x\r\nBcc: thief@example.com', email: 'sky@example.com' },
    })
    expect(server.taken[0]?.to).toEqual(['sky@example.com'])
    expect(header(server.taken[0]?.source ?? '', 'Bcc')).toBeUndefined()
  })

  it('reports a mailbox that does not exist as final, anything else as worth another try, and no address in either', async () => {
    const server = await smtp()
    server.answer('RCPT', '550 5.1.1 <sky@example.com> no such user', '451 4.7.1 sky@example.com come back')
    server.answer('END', '554 5.7.1 spam')
    const send = smtpChannel({ url: server.url, from })
    const errors = []
    for (let i = 0; i < 3; i++) errors.push(await send(message).catch((error: unknown) => error))
    expect(errors.map((error) => error instanceof AddressRefused)).toEqual([true, false, false])
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error)
      expect(`${error} ${JSON.stringify(error)}`).toMatch(/mail server:/)
      expect(`${error} ${JSON.stringify(error)}`).not.toContain('sky@')
      expect(error instanceof Error && error.cause).toBeUndefined()
    }
    expect(server.taken).toEqual([])
  })

  it('gives up on a server that says nothing or never ends', async () => {
    for (const mood of ['silent', 'trickle'] as const) {
      const server = await smtp(mood)
      const send = smtpChannel({ url: server.url, from, deadlineMs: 300 })
      await expect(send(message)).rejects.toThrow(/mail server: EABORT/)
      expect(server.connections()).toBe(1)
    }
  })

  it('says when nobody listens', async () => {
    const server = await startSmtpServer()
    await server.stop()
    await expect(smtpChannel({ url: server.url, from })(message)).rejects.toThrow(/ECONNREFUSED/)
  })
})

interface Posted {
  path: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

async function webhookServer(...statuses: number[]) {
  const posted: Posted[] = []
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      posted.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() })
      reply.writeHead(statuses.shift() ?? 204, { location: '/elsewhere' }).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/hooks/mail?shop=1`, posted }
}

describe('the webhook channel', () => {
  const secret = 'a-long-enough-secret'
  const now = () => Date.now()

  it('posts the message with its id and a signature over exactly what it sends', async () => {
    const { url, posted } = await webhookServer(200)
    await webhookChannel({ url, secret, now })(message)
    expect(posted).toHaveLength(1)
    const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = posted
    expect(path).toBe('/hooks/mail?shop=1')
    expect(headers['idempotency-key']).toBe(message.id)
    expect(headers['content-type']).toContain('application/json')
    const signature = String(headers[SIGNATURE_HEADER])
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
    expect(Math.abs(Number(t) - Date.now() / 1_000)).toBeLessThan(60)
    expect(v1).toBe(createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'))
    expect(signatureOf(body, 'another-long-secret', Number(t))).not.toBe(signature)
    expect(JSON.parse(body)).toEqual({ ...message, createdAt: '2026-11-21T00:00:00Z' })
  })

  it('takes 2xx as taken; anything else is tried again later, and redirects are not followed', async () => {
    const { url, posted } = await webhookServer(201, 302, 404, 500)
    const send = webhookChannel({ url, secret })
    await send(message)
    for (const status of [302, 404, 500]) await expect(send(message)).rejects.toThrow(`answered ${status}`)
    expect(posted.map(({ path }) => path)).not.toContain('/elsewhere')
    expect(posted).toHaveLength(4)
  })

  it('says when nobody listens', async () => {
    const gone = await webhookServer()
    await cleanups.pop()?.()
    await expect(webhookChannel({ url: gone.url, secret })(message)).rejects.toThrow('not_sent (refused)')
  })
})

describe('the file channel', () => {
  async function folder() {
    const path = await mkdtemp(join(tmpdir(), 'notifications-'))
    cleanups.push(() => rm(path, { recursive: true, force: true }))
    return join(path, 'not', 'yet')
  }

  it('writes a line for programs and a mail for people, for nobody else to read', async () => {
    const target = await folder()
    const send = fileChannel({ folder: target, from })
    // What a killed process left half written gives way to the whole.
    await mkdir(target, { recursive: true })
    await writeFile(join(target, `${message.id}.eml.part`), 'Subject: ha')
    await Promise.all([send(message), send({ ...message, id: '01990000-0000-7000-8000-000000000002' })])
    await send(message)
    const names = (await readdir(target)).sort()
    expect(names).toEqual([`${message.id}.eml`, '01990000-0000-7000-8000-000000000002.eml', MESSAGES_FILE])
    const mail = await readFile(join(target, `${message.id}.eml`), 'utf8')
    expect(header(mail, 'Subject')).toBe(message.subject)
    expect(parts(mail)['text/plain']?.trim()).toBe(message.text)
    const lines = (await readFile(join(target, MESSAGES_FILE), 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(3)
    expect(JSON.parse(lines[2] ?? '')).toEqual({ ...message, createdAt: '2026-11-21T00:00:00Z' })
    for (const name of names) expect((await stat(join(target, name))).mode & 0o077).toBe(0)
  })
})

describe('the settings', () => {
  const base: NotificationsSettings = { channel: 'file', folder: '/nowhere', from }
  const secret = 'a-long-enough-secret'

  it('choose a channel', () => {
    for (const settings of [
      base,
      { ...base, channel: 'smtp', smtpUrl: 'smtps://user:pw@mail.example.com:465' },
      { ...base, channel: 'webhook', webhookUrl: 'https://hooks.example.com/x', webhookSecret: secret },
      { ...base, channel: 'webhook', webhookUrl: 'http://localhost:9000/x', webhookSecret: secret },
    ] as const) {
      expect(channelOf(settings)).toBeTypeOf('function')
    }
  })

  it('are refused when something is missing or not safe', () => {
    const refusals: [Partial<NotificationsSettings>, RegExp][] = [
      [{ channel: 'smtp' }, /mail server/],
      [{ channel: 'smtp', smtpUrl: 'http://mail.example.com' }, /smtp:\/\//],
      [{ channel: 'smtp', smtpUrl: 'smtp://' }, /smtp:\/\//],
      [{ channel: 'webhook', webhookUrl: 'https://hooks.example.com' }, /secret/],
      [{ channel: 'webhook', webhookUrl: 'https://hooks.example.com', webhookSecret: 'short' }, /16/],
      [{ channel: 'webhook', webhookUrl: 'http://hooks.example.com', webhookSecret: secret }, /https/],
      [{ channel: 'webhook', webhookUrl: 'http://localhost.example.com', webhookSecret: secret }, /https/],
      [{ channel: 'webhook', webhookUrl: 'nonsense', webhookSecret: secret }, /https/],
    ]
    for (const [settings, reason] of refusals)
      expect(() => channelOf({ ...base, ...settings })).toThrow(reason)
  })
})
