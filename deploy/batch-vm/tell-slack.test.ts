import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'

const SCRIPT = join(import.meta.dirname, 'tell-slack.sh')
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** Listens where Slack would, and answers as told. @returns the file with its address, and what arrived */
async function slack(status = 200): Promise<{ file: string; bodies: string[] }> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString())
      response.writeHead(status).end('ok')
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const folder = mkdtempSync(join(tmpdir(), 'tell-slack-'))
  ends.push(
    () => server.close(),
    () => rmSync(folder, { recursive: true }),
  )
  const file = join(folder, 'webhook')
  writeFileSync(file, `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/secret\n`)
  return { file, bodies }
}

const tell = (...args: string[]) => promisify(execFile)(SCRIPT, args)

describe('tell-slack.sh', () => {
  it('sends what the unit says', async () => {
    const unit = readFileSync(join(import.meta.dirname, 'pillivery-batch-failed.service'), 'utf8')
    const [, said = ''] = /^ExecStart=\S+\/tell-slack\.sh %d\/slack_webhook "([^"'\\]*)"$/m.exec(unit) ?? []
    expect(said).toContain('정기결제가 끝나지 못했습니다')
    const { file, bodies } = await slack()
    await tell(file, said.replace('%H', 'batch-1'))
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([
      { text: said.replace('%H', 'batch-1') },
    ])
  })

  it.each([
    ['quotes and backslashes', '"a" \'b\' \\n \\\\ $HOME `id`'],
    ['several lines', '첫 줄\n둘째 줄\n\n넷째'],
    ['what looks like a file for curl', '@/etc/passwd'],
  ])('keeps %s as they are', async (_what, text) => {
    const { file, bodies } = await slack()
    await tell(file, text)
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([{ text }])
  })

  it('leaves control characters out', async () => {
    const { file, bodies } = await slack()
    await tell(file, '가\u0001\u001b[1m\t나')
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([{ text: '가[1m 나' }])
  })

  it('fails when Slack refuses, and does not tell the address', async () => {
    const { file } = await slack(404)
    const failed = await tell(file, 'text').catch((error: unknown) => String(error))
    expect(failed).toContain('404')
    expect(failed).not.toContain('/services/secret')
  })
})
