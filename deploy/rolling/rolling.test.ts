import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Deployed, deploy, type Plan } from './rolling.ts'

/**
 * Stands in for ssh: notes which step was asked of which server, and fails where a file says so. The lock is held as
 * long as its connection.
 */
const SSH = `#!/bin/sh
here=$(dirname "$0")
while [ "\${1#-}" != "$1" ]; do shift 2; done
case $2 in
  *flock*) echo held; exec cat > /dev/null ;;
  *"' server.sh "*) step=\${2##*"' server.sh "} ;;
  *"' front.sh "*) step=\${2##*"' front.sh "} ;;
  *) step=$2 ;;
esac
step=$(echo "$step" | tr -d "'")
echo "$1 $step" >> "$here/asked"
case $step in receive*) cat > /dev/null ;; esac
if grep -qx "$1 $step" "$here/fails"; then echo 'it is off' >&2; exit 255; fi
case $step in current) echo r1 ;; esac
`

let folder = ''
const path = process.env.PATH
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy-'))
  writeFileSync(join(folder, 'ssh'), SSH, { mode: 0o755 })
  for (const file of ['archive', 'asked']) writeFileSync(join(folder, file), '')
  process.env.PATH = `${folder}:${path}`
})
afterEach(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true })
})

const servers = [
  { host: 'app1', upstream: '10.0.1.11:8080' },
  { host: 'app2', upstream: '10.0.1.12:8080' },
]

async function go(
  fails: string,
  plan: Partial<Plan> = {},
): Promise<{ end: Deployed; slack: string[]; asked: string[] }> {
  writeFileSync(join(folder, 'fails'), `${fails}\n`)
  const slack: string[] = []
  const end = await deploy({
    plan: {
      sshConfig: '/none',
      lockHost: 'front',
      front: 'front',
      servers,
      readyWithin: 1,
      keepReleases: 2,
      ...plan,
    },
    release: 'r2',
    archive: join(folder, 'archive'),
    about: 'test',
    say: () => undefined,
    tellSlack: async (text) => void slack.push(text),
    now: () => 0,
  })
  return { end, slack, asked: readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') }
}

describe('a deployment', () => {
  it('replaces one server after the other', async () => {
    const { end, asked } = await go('nothing')
    expect(end).toEqual({ kind: 'deployed' })
    expect(asked.filter((step) => / (out|switch|in) /.test(step))).toEqual([
      'front out 10.0.1.11:8080',
      'app1 switch r2',
      'front in 10.0.1.11:8080',
      'front out 10.0.1.12:8080',
      'app2 switch r2',
      'front in 10.0.1.12:8080',
    ])
  })

  it.each(['app2 receive r2', 'app1 current'])('is not begun when “%s” fails, and says so', async (step) => {
    const { end, slack, asked } = await go(step)
    const [host] = step.split(' ')
    expect(end).toEqual({ kind: 'not_begun', because: `${host}: it is off` })
    expect(slack.at(-1)).toContain(`not begun: ${host}: it is off`)
    expect(asked.filter((one) => / (out|switch) /.test(one))).toEqual([])
  })

  it('is rolled back on both when the second server does not come up', async () => {
    const { end, slack, asked } = await go('app2 health r2 1')
    expect(end).toMatchObject({ kind: 'rolled_back', notBack: [] })
    expect(slack.at(-1)).toContain('rolled back')
    expect(asked.filter((one) => one.endsWith('switch r1'))).toEqual(['app2 switch r1', 'app1 switch r1'])
  })

  it.each(['app1 switch r1', 'app1 health r1 1'])(
    'that cannot be taken back says where, and takes the others back all the same (“%s” fails)',
    async (step) => {
      const { end, slack, asked } = await go(`app2 health r2 1\n${step}`)
      expect(end).toMatchObject({ kind: 'rolled_back', notBack: ['app1'] })
      expect(slack.at(-1)).toContain('look at: app1')
      expect(asked.filter((one) => one.endsWith('switch r1'))).toEqual(['app2 switch r1', 'app1 switch r1'])
      // What does not come up as the former release is not sent customers.
      expect(asked.slice(asked.indexOf('app1 switch r1'))).not.toContain('front in 10.0.1.11:8080')
    },
  )
})

describe('a deployment to the batch machine', () => {
  const batch: Partial<Plan> = {
    wake: { host: 'worker', command: 'start-it', within: 0 },
    servers: [{ host: 'batch', health: false }],
  }

  it('switches it on before anything is sent', async () => {
    const { end, asked } = await go('nothing', batch)
    expect(end).toEqual({ kind: 'deployed' })
    expect(asked.slice(0, 3)).toEqual(['worker start-it', 'batch true', 'batch receive r2'])
  })

  it.each(['worker start-it', 'batch true'])(
    'is not begun when it does not come up (“%s” fails)',
    async (step) => {
      const { end, asked } = await go(step, batch)
      expect(end.kind).toBe('not_begun')
      expect(asked).not.toContain('batch receive r2')
    },
  )

  it('is rolled back when the release cannot be run there', async () => {
    const { end, slack, asked } = await go('batch switch r2', batch)
    expect(end).toEqual({ kind: 'rolled_back', because: 'batch: it is off', notBack: [] })
    expect(slack.at(-1)).toContain('rolled back')
    expect(asked.at(-1)).toBe('batch switch r1')
  })
})

it('the batch machine, which is off, is in no plan with others', () => {
  const plan = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Plan
  expect(plan('plan.example.json').servers.map(({ health }) => health)).not.toContain(false)
  const { servers: own, wake } = plan('plan.batch.example.json')
  expect(own).toHaveLength(1)
  // Without health a release is tried by what stands in the place of a restart; both commands are allowed.
  const allowed = readFileSync(join(import.meta.dirname, '../vm/sudoers'), 'utf8').split(/[:,] |\n/)
  for (const command of [own[0]?.settings?.RESTART, wake?.command])
    expect(allowed).toContain(command?.replace('sudo systemctl', '/usr/bin/systemctl'))
})
