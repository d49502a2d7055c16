import { describe, expect, it } from 'vitest'
import { readConfig, wantsDemo } from './config.ts'

const OWN_DATABASE = { DATABASE_URL: 'postgres://shop@db.example/shop' }
const PRODUCTION = {
  ...OWN_DATABASE,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://shop.example',
  KAKAOPAY_SECRET_KEY: 'secret',
  JWT_PRIVATE_KEY: 'key',
  TOKEN_KEY: 'key',
}

describe('demo data and accounts, whose passwords everybody knows', () => {
  it.each([
    ['come with the embedded database', {}, true],
    ['do not come with a database of one’s own', OWN_DATABASE, false],
    ['nor when DEMO is set to nothing', { ...OWN_DATABASE, DEMO: '' }, false],
    ['come to it when they are asked for', { ...OWN_DATABASE, DEMO: 'on' }, true],
    ['may be left out of the embedded one', { DEMO: 'off' }, false],
    ['never come in production', PRODUCTION, false],
    ['not even when they are asked for', { ...PRODUCTION, DEMO: 'on' }, false],
  ])('%s', (_what, environment: Record<string, string>, wanted) => {
    expect(wantsDemo(readConfig(environment))).toBe(wanted)
  })

  it('are on or off, nothing else', () => {
    expect(() => readConfig({ DEMO: 'true' })).toThrow('DEMO=true: must be one of on, off')
  })
})
