import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolling-'))
  writeFileSync(join(folder, 'compose'), COMPOSE, { mode: 0o755 })
  for (const server of ['api1', 'api2']) writeFileSync(join(folder, `${server}.health`), 'healthy\n')
  front('api1', 'api2')
})
afterEach(() => rmSync(folder, { recursive: true }))

/**
 * Stands in for Compose: a server is healthy unless its image is bad for it. While one is replaced it notes which
 * healthy servers customers still reach.
 */
const COMPOSE = `#!/bin/sh
here=$(dirname "$0")
for last; do :; done
case $1 in
  ps) cat "$here/$last.health" ;;
  up)
    case $last in
      redis) touch "$here/redis"; exit 1 ;;
      worker) exit 0 ;;
    esac
    echo unhealthy > "$here/$last.health"
    reached=
    for one in api1 api2; do
      if grep -q "^server $one:" "$here/upstream.conf" && grep -qx healthy "$here/$one.health"; then reached="$reached $one"; fi
    done
    echo "$last:$reached" >> "$here/replaced"
    case $IMAGE in *bad-on-$last) exit 1 ;; esac
    echo healthy > "$here/$last.health"
    ;;
esac
`

const path = (name: string) => join(folder, name)
const line = (server: string) => `server ${server}:8080 max_fails=2 fail_timeout=5s;\n`
const front = (...servers: string[]) => writeFileSync(path('upstream.conf'), servers.map(line).join(''))
const takesRequests = () => readFileSync(path('upstream.conf'), 'utf8')

/** @returns the exit code, and for each server replaced who served meanwhile */
function roll(image: string): { status: number | null; replaced: string[] } {
  rmSync(path('replaced'), { force: true })
  const { status } = spawnSync(join(import.meta.dirname, 'rolling.sh'), [image], {
    env: {
      ...process.env,
      COMPOSE: path('compose'),
      UPSTREAM: folder,
      ENV_FILE: path('env'),
      SETTLE_SECONDS: '0',
    },
  })
  writeFileSync(path('replaced'), '', { flag: 'a' })
  return { status, replaced: readFileSync(path('replaced'), 'utf8').trim().split('\n').filter(Boolean) }
}

it('replaces one after the other, and remembers the image, though Redis does not start', () => {
  writeFileSync(path('env'), 'IMAGE=shop:0\nPUBLIC_URL=https://shop.example\n')
  expect(roll('shop:1')).toEqual({ status: 0, replaced: ['api1: api2', 'api2: api1'] })
  expect(existsSync(path('redis'))).toBe(true)
  expect(takesRequests()).toBe(line('api1') + line('api2'))
  expect(readFileSync(path('env'), 'utf8')).toBe('PUBLIC_URL=https://shop.example\nIMAGE=shop:1\n')
})

it.each([
  ['first', 'api1', 'api2', ['api1: api2']],
  ['second', 'api2', 'api1', ['api1: api2', 'api2: api1']],
])('goes back after a failure on the %s server, beginning with it', (_which, failed, other, replaced) => {
  writeFileSync(path('env'), 'IMAGE=shop:0\n')
  expect(roll(`shop:bad-on-${failed}`)).toEqual({ status: 1, replaced })
  expect(takesRequests()).toBe(line(other))
  expect(readFileSync(path('env'), 'utf8')).toBe('IMAGE=shop:0\n')
  expect(roll('shop:0')).toEqual({ status: 0, replaced: [`${failed}: ${other}`, `${other}: ${failed}`] })
  expect(takesRequests()).toBe(line('api1') + line('api2'))
})

it('begins with the one that is ill, though nginx still has it', () => {
  writeFileSync(path('api2.health'), 'unhealthy\n')
  expect(roll('shop:1')).toEqual({ status: 0, replaced: ['api2: api1', 'api1: api2'] })
})

it('comes up again when neither is healthy', () => {
  for (const server of ['api1', 'api2']) writeFileSync(path(`${server}.health`), 'unhealthy\n')
  front('api1')
  expect(roll('shop:1')).toEqual({ status: 0, replaced: ['api2:', 'api1: api2'] })
  expect(takesRequests()).toBe(line('api1') + line('api2'))
})
