import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

/** The machines of pipelines have it. */
const hasCurl = spawnSync('curl', ['--version']).status === 0
const about = { RELEASE: 'abc-7', ABOUT: 'abc https://ci.test/7' }

async function tell(env: Record<string, string>) {
  const child = spawn(join(import.meta.dirname, 'tell-failure.sh'), ['test'], {
    env: { PATH: process.env.PATH, ...about, ...env },
  })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = (await once(child, 'close')) as [number]
  return { code, said: (await said).join('') }
}

it.skipIf(!hasCurl)('tells Slack what failed, and where to look', async () => {
  const heard: string[] = []
  const slack = createServer((request, reply) => {
    text(request).then((body) => {
      heard.push(body)
      reply.end('ok')
    }, reply.destroy)
  })
  slack.listen(0, '127.0.0.1')
  await once(slack, 'listening')
  const address = `http://127.0.0.1:${(slack.address() as AddressInfo).port}/secret`
  expect(await tell({ SLACK_WEBHOOK: address })).toEqual({ code: 0, said: '' })
  slack.close()
  expect(heard.map((body) => JSON.parse(body) as unknown)).toEqual([
    { text: '❌ abc-7: test 실패, 배포하지 않음 / failed, nothing was deployed\nabc https://ci.test/7' },
  ])
})

it.skipIf(!hasCurl)(
  'hides no failure behind a Slack that is away, and does not tell its address',
  async () => {
    const { code, said } = await tell({ SLACK_WEBHOOK: 'http://127.0.0.1:9/secret' })
    expect(code).toBe(0)
    expect(said).toContain('Slack could not be told that test failed')
    expect(said).not.toContain('secret')
  },
)

it('says that there is nobody to tell', async () => {
  expect((await tell({})).said).toContain('no SLACK_WEBHOOK')
})
