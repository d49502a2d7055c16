import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'power-off-'))
  const program = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  // Time passes without waiting: each call is a second.
  program('sleep', `echo >> ${folder}/seconds`)
  program('systemctl', `echo "$*" > ${folder}/asked`)
  program('ss', `[ "$(wc -l < ${folder}/seconds)" -gt "$THERE" ] || echo 'somebody'`)
})
afterEach(() => rmSync(folder, { recursive: true }))

/** @param there for how many seconds somebody is there by SSH. @returns after how many seconds it switches off */
function offAfter(there: number, settings: Readonly<Record<string, string>>): number | string {
  const { status, stderr } = spawnSync(join(import.meta.dirname, 'power-off.sh'), {
    encoding: 'utf8',
    timeout: 20_000,
    env: { PATH: `${folder}:${process.env.PATH}`, THERE: String(there), ...settings },
  })
  if (status !== 0) return `${status} ${stderr}`
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('--no-block poweroff\n')
  return readFileSync(join(folder, 'seconds'), 'utf8').length
}

describe('power-off.sh', () => {
  it('switches off when nobody was there for a while', () => {
    expect(offAfter(0, { OFF_AFTER_SECONDS: '5' })).toBe(5)
  })

  it('waits for whoever is there', () => {
    expect(offAfter(20, { OFF_AFTER_SECONDS: '5' })).toBe(25)
  })

  it('does not wait for a session that was forgotten', () => {
    expect(offAfter(1_000_000, { OFF_AFTER_SECONDS: '5', OFF_AT_LATEST_SECONDS: '60' })).toBe(60)
  })
})
