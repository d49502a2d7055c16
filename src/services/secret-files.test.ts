import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

describe('a secret in a file', () => {
  let folder: string
  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'secret-files-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('counts as the setting, without the line break at its end', () => {
    const DATABASE_URL_FILE = file('database', 'postgres://shop:pa$$@db.example/shop\n')
    const config = readConfig({ DATABASE_URL_FILE })
    expect(config.databaseUrl).toBe('postgres://shop:pa$$@db.example/shop')
    expect(config.databases.map(({ url }) => url)).toEqual(config.databases.map(() => config.databaseUrl))
  })

  it('keeps the lines inside it, as those of a key', () => {
    const JWT_PRIVATE_KEY_FILE = file('key', '-----BEGIN\nabc\n-----END\n')
    expect(readConfig({ JWT_PRIVATE_KEY_FILE }).environment.JWT_PRIVATE_KEY).toBe('-----BEGIN\nabc\n-----END')
  })

  it('is checked like the setting, and not shown when it is wrong', () => {
    const DATABASE_URL_FILE = file('wrong', 'hunter2')
    expect(() => readConfig({ DATABASE_URL_FILE })).toThrow(/DATABASE_URL=…: must be an address/)
    expect(() => readConfig({ DATABASE_URL_FILE })).not.toThrow(/hunter2/)
  })

  it('of a service’s own database is read before the databases are compared', () => {
    const SHOP_DATABASE_URL_FILE = file('shop', 'postgres://shop@db.example/other')
    expect(() => readConfig({ DATABASE_URL: 'postgres://db.example/main', SHOP_DATABASE_URL_FILE })).toThrow(
      /SHOP_DATABASE_URL|several/,
    )
  })

  it('is refused when it is missing, empty or given twice', () => {
    expect(() => readConfig({ METRICS_TOKEN_FILE: join(folder, 'none') })).toThrow(
      /METRICS_TOKEN_FILE=.*cannot be read \(ENOENT\)/,
    )
    expect(() => readConfig({ METRICS_TOKEN_FILE: file('empty', '\n') })).toThrow(
      /METRICS_TOKEN_FILE=.*is empty/,
    )
    const both = { METRICS_TOKEN: 'abcdefghijklmnop', METRICS_TOKEN_FILE: file('both', 'ponmlkjihgfedcba') }
    expect(() => readConfig(both)).toThrow(/METRICS_TOKEN_FILE: METRICS_TOKEN is set, too/)
  })

  it('is only for secrets: a setting that is none has no such form, and LOG_FILE is the file of the log', () => {
    const path = file('port', '9999')
    expect(readConfig({ PORT_FILE: path }).port).toBe(8080)
    expect(readConfig({ LOG_FILE: path }).logFile).toBe(path)
  })
})
