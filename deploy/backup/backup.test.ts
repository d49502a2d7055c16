import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function script(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stderr } = spawnSync(join(import.meta.dirname, name), args, {
    encoding: 'utf8',
    env: { ...process.env, BACKUPS: join(folder, 'backups'), ...env },
  })
  return { status, stderr }
}

/** A program of PostgreSQL that does as told here. */
function program(name: string, text: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
}

/** What pg_basebackup leaves: an archive with these files. */
const BASE = `while [ "$1" != -D ]; do shift; done; mkdir -p "$2" && tar -czf "$2/base.tar.gz" -C "$SOURCE" .`

describe('backup.sh', () => {
  const backup = (answer: string, texts = join(folder, 'texts')) => {
    program('psql', `echo ${answer}`)
    program('pg_basebackup', BASE)
    const source = join(folder, 'source')
    mkdirSync(source)
    writeFileSync(join(source, 'backup_label'), 'START WAL LOCATION: 0/2 (file 000000010000000000000002)\n')
    mkdirSync(join(folder, 'texts'))
    return script('backup.sh', [], {
      PATH: `${folder}/bin:${process.env.PATH}`,
      SOURCE: source,
      TEXTFILES: texts,
    })
  }
  const told = () => existsSync(join(folder, 'texts/backup.prom'))
  const made = () => readdirSync(join(folder, 'backups/base')).length

  it.each([
    ['off', 78, 'archive_mode is off'],
    ['standby', 75, 'the leader makes the backup'],
  ])('makes none that could not be restored (%s), and tells monitoring of none', (answer, status, said) => {
    expect(backup(answer)).toMatchObject({ status, stderr: expect.stringContaining(said) })
    expect([made(), told()]).toEqual([0, false])
  })

  it('makes one where WAL is archived, and tells so in a file that others may read', () => {
    expect(backup('archives')).toEqual({ status: 0, stderr: '' })
    expect(made()).toBe(1)
    expect(statSync(join(folder, 'texts/backup.prom')).mode & 0o777).toBe(0o644)
  })

  it('is well when monitoring cannot be told, and says so: failing would make another one', () => {
    const { status, stderr } = backup('archives', join(folder, 'nowhere'))
    expect({ status, made: made(), told: told() }).toEqual({ status: 0, made: 1, told: false })
    expect(stderr).toContain('monitoring is not told')
  })
})

describe('restore.sh', () => {
  const restored = (before: string | undefined, ...moment: string[]) => {
    const source = join(folder, 'source')
    const base = join(folder, 'backups/base/20261101T000000Z')
    for (const one of [source, base]) mkdirSync(one, { recursive: true })
    if (before === undefined) writeFileSync(join(source, 'PG_VERSION'), '15\n')
    else writeFileSync(join(source, 'postgresql.auto.conf'), before)
    spawnSync('tar', ['-czf', join(base, 'base.tar.gz'), '-C', source, '.'])
    expect(script('restore.sh', [join(folder, 'database'), ...moment])).toEqual({ status: 0, stderr: '' })
    return readFileSync(join(folder, 'database/postgresql.auto.conf'), 'utf8')
  }

  it('leaves nothing of an earlier restore', () => {
    const earlier = `work_mem = '8MB'
restore_command = 'cp "/old/wal/%f" "%p"'
recovery_target_action = 'promote'
archive_mode = off
Recovery_Target_Time='2026-01-01 00:00:00+09'
recovery_target_inclusive = on
`
    const settings = restored(earlier)
    expect(settings).not.toMatch(/\/old\/|recovery_target_(time|inclusive)/i)
    expect(settings.match(/^archive_mode/gm)).toHaveLength(1)
    expect(settings).toContain("work_mem = '8MB'\n")
  })

  it('names the moment once', () => {
    const settings = restored("recovery_target_time = '2026-01-01'\n", '2026-11-29 13:45:00+09')
    expect(settings.match(/^recovery_target_time = .*$/gm)).toEqual([
      "recovery_target_time = '2026-11-29 13:45:00+09'",
    ])
  })

  it('does without earlier settings', () => {
    expect(restored(undefined)).toContain('restore_command')
  })
})
