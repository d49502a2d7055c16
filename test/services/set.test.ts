import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('the journeys over Kafka end with 77, not with success, where no broker can be had', () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-broker-'))
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'set.ts'), '--small'], {
    encoding: 'utf8',
    // Neither java nor mvn, nor files of an earlier fetch.
    env: { PATH: folder, TMPDIR: folder },
  })
  rmSync(folder, { recursive: true })
  expect(stdout).toContain('SKIPPED: journeys over Kafka')
  expect(status).toBe(77)
})
