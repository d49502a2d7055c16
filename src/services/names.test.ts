import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { parseServices, SERVICE_NAMES } from './names.ts'

const SHARED = 'postgres://owner@db.example/pillivery'

/** What is wrong with settings; '' when nothing is. */
function complaint(environment: Record<string, string>): string {
  try {
    readConfig(environment)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('the services of a process', () => {
  it('are all, unless some are named', () => {
    expect(readConfig({}).services).toEqual(SERVICE_NAMES)
    expect(readConfig({ SERVICES: '' }).services).toEqual(SERVICE_NAMES)
    expect(readConfig({ SERVICES: 'notifications, identity' }).services).toEqual([
      'identity',
      'notifications',
    ])
    expect(readConfig({ SERVICES: 'shop' }, ['identity']).services).toEqual(['identity'])
  })

  it.each(['shop,book2', 'everything', ',', ' '])('are refused when they are not known: %j', (text) => {
    expect(() => parseServices(text)).toThrow(SERVICE_NAMES.join(', '))
  })

  it('must have their own settings right, and no others', () => {
    expect(complaint({ LOGIN_PER_MINUTE: 'many', SERVICES: 'shop' })).toBe('')
    const both = complaint({
      LOGIN_PER_MINUTE: 'many',
      BANK_PORT: 'x',
      ROLE: 'boss',
      SERVICES: 'identity,shop',
    })
    expect(both).toContain('LOGIN_PER_MINUTE=many: must be a whole number')
    expect(both).toContain('BANK_PORT=x: must be a whole number')
    expect(both).toContain('ROLE=boss: must be one of all, api, worker')
  })

  it('need only their own secrets in production', () => {
    const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://shop.example', DATABASE_URL: SHARED }
    expect(complaint({ ...production, SERVICES: 'identity' })).not.toContain('KAKAOPAY_SECRET_KEY')
    expect(complaint({ ...production, SERVICES: 'identity' })).toContain('JWT_PRIVATE_KEY is required')
    expect(complaint({ ...production, SERVICES: 'shop' })).toContain('KAKAOPAY_SECRET_KEY is required')
    expect(complaint({ ...production, SERVICES: 'shop' })).not.toContain('JWT_PRIVATE_KEY')
    expect(complaint({ ...production, SERVICES: 'notifications' })).toBe('')
  })
})

describe('the databases of services', () => {
  const url = (role: string, database = 'pillivery') => `postgres://${role}:pw@db.example/${database}`

  it('are the shared one, or their own role in it', () => {
    const config = readConfig({ DATABASE_URL: SHARED, SHOP_DATABASE_URL: url('shop') })
    expect(config.databases.map((one) => [one.service, one.url])).toEqual([
      ['identity', SHARED],
      ['shop', url('shop')],
      ['notifications', SHARED],
      ['book', SHARED],
      ['borrow', SHARED],
      ['dashboard', SHARED],
    ])
    expect(complaint({ ...production(), SERVICES: 'shop', SHOP_DATABASE_URL: url('shop') })).toBe('')
  })

  it('are required in production, shared or own', () => {
    expect(complaint({ ...production(), SERVICES: 'shop' })).toContain('DATABASE_URL is required')
  })

  it('may not be several in one process', () => {
    const said = complaint({ DATABASE_URL: SHARED, SHOP_DATABASE_URL: url('shop', 'elsewhere') })
    expect(said).toContain(
      'identity, notifications, book, borrow, dashboard in db.example:5432/pillivery; shop in db.example:5432/elsewhere',
    )
    expect(complaint({ SHOP_DATABASE_URL: url('shop') })).toContain('the embedded database')
  })

  it('may be two where pages have accounts at hand, a broker carries events, and nothing is worked on', () => {
    const apart = { DATABASE_URL: url('identity'), SHOP_DATABASE_URL: url('shop', 'elsewhere') }
    const front = { ...apart, SERVICES: 'identity,shop', KAFKA_BROKERS: 'kafka:9092', ROLE: 'api' }
    expect(complaint(front)).toBe('')
    expect(complaint({ ...front, ROLE: 'all' })).toContain('Start a process for each')
    expect(complaint({ ...front, KAFKA_BROKERS: '' })).toContain('Start a process for each')
    expect(complaint({ ...front, SERVICES: 'identity,shop,book' })).toContain('Start a process for each')
  })

  it('may not keep a service from the events it needs', () => {
    const apart = { DATABASE_URL: SHARED, SHOP_DATABASE_URL: url('shop', 'elsewhere') }
    const said = complaint({ ...apart, SERVICES: 'shop' })
    expect(said).toContain('SHOP_DATABASE_URL and DATABASE_URL name different databases')
    expect(said).toContain('shop needs the events of identity')
    // Identity hears nobody.
    expect(complaint({ ...apart, SERVICES: 'identity' })).toBe('')
    expect(complaint({ ...apart, SERVICES: 'notifications' })).toContain('needs the events of shop')
  })

  it('are not shown in complaints', () => {
    const said = complaint({ SHOP_DATABASE_URL: 'mysql://shop:verysecret@db/x', SERVICES: 'shop' })
    expect(said).toContain('SHOP_DATABASE_URL=…: must be an address starting with postgres:')
    expect(said).not.toContain('verysecret')
  })

  function production(): Record<string, string> {
    return {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://shop.example',
      KAKAOPAY_SECRET_KEY: 'PRD7A41C09B2E58F6D3',
      KAKAOPAY_CID: 'C0FFEE0001',
      KAKAOPAY_SUBSCRIPTION_CID: 'C0FFEE0002',
      MERCHANT:
        '{"name":"한빛건강","representative":"김한빛","registration":"123-45-67891","mailOrder":"제2026-서울중구-00001호","functionalFood":"제2026-0000001호","address":"서울특별시 중구 세종대로 110","phone":"02-123-4567","email":"help@shop.kr","hosting":"한빛건강","escrow":"KB국민은행 구매안전서비스"}',
      PAYMENT_TOKEN_KEY: randomBytes(32).toString('base64url'),
    }
  }
})
