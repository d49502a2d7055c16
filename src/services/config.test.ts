import { describe, expect, it } from 'vitest'
import { readSettings } from '../platform/settings.ts'
import { defaultRetryPolicy } from '../shop/subscriptions/index.ts'
import { readConfig } from './config.ts'
import { wantsDemo } from './demo/wanted.ts'
import { LOGIN_SETTINGS, loginProviders, simulatedLogins } from './login-settings.ts'
import { REGISTER_SETTINGS, registerAddresses, simulatedRegister } from './register/settings.ts'
import { SHOP_SETTINGS } from './shop-settings.ts'

const OWN_DATABASE = { DATABASE_URL: 'postgres://shop@db.example/shop' }
const PRODUCTION = {
  ...OWN_DATABASE,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://shop.example',
  KAKAOPAY_SECRET_KEY: 'PRD7A41C09B2E58F6D3',
  KAKAOPAY_CID: 'CA12345678',
  KAKAOPAY_SUBSCRIPTION_CID: 'CA87654321',
  MERCHANT:
    '{"name":"한빛건강","representative":"김한빛","registration":"123-45-67891","mailOrder":"제2026-서울중구-00001호","functionalFood":"제2026-0000001호","address":"서울특별시 중구 세종대로 110","phone":"02-123-4567","email":"help@shop.kr","hosting":"한빛건강","escrow":"KB국민은행 구매안전서비스"}',
  JWT_PRIVATE_KEY: 'MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v8Ll0m',
  PAYMENT_TOKEN_KEY: '4kTq9wZr1uVbXc7eYf2hGj5mNp8sQd3aLoKiJ6tRwE0',
}

describe('demo data and accounts, whose passwords everybody knows', () => {
  it.each([
    ['come with the embedded database', {}, true],
    ['do not come with a database of one’s own', OWN_DATABASE, false],
    ['nor when DEMO is set to nothing', { ...OWN_DATABASE, DEMO: '' }, false],
    ['come to it when they are asked for', { ...OWN_DATABASE, DEMO: 'on' }, true],
    ['may be left out of the embedded one', { DEMO: 'off' }, false],
    ['never come in production', PRODUCTION, false],
  ])('%s', (_what, environment: Record<string, string>, wanted) => {
    expect(wantsDemo(readConfig(environment))).toBe(wanted)
  })

  it('are on or off, nothing else', () => {
    expect(() => readConfig({ DEMO: 'true' })).toThrow('DEMO=true: must be one of on, off')
  })
})

describe('production', () => {
  const TEST_VALUES: Record<string, string> = {
    PUBLIC_URL: 'http://shop.example',
    KAKAOPAY_BASE_URL: 'http://127.0.0.1:8090',
    KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
    KAKAOPAY_CID: 'TC0ONETIME',
    KAKAOPAY_SUBSCRIPTION_CID: 'TCSUBSCRIP',
    TOSS_BASE_URL: 'https://localhost:8090',
    TOSS_SECRET_KEY: 'test_sk_simulated',
    TOSS_CLIENT_KEY: 'test_ck_docs_OaPz8L5KdmQXkzRz3y47BMw6',
    TOSS_CHECKOUT_URL: 'https://[::1]/toss/checkout',
    JWT_PRIVATE_KEY: `MC4CAQAwBQYDK2VwBCIEI${'A'.repeat(42)}`,
    PAYMENT_TOKEN_KEY: 'A'.repeat(43),
    METRICS_TOKEN: 'secret',
    MERCHANT: '{"name":"Pillivery"}',
    DEMO: 'on',
  }

  it('names what is missing or wrong in what the law wants to be said of the merchant', () => {
    const said = (change: object) =>
      complaint({
        ...PRODUCTION,
        MERCHANT: JSON.stringify({ ...JSON.parse(PRODUCTION.MERCHANT), ...change }),
      })
    expect(said({ mailOrder: '', hosting: '' })).toContain('lacks mailOrder, hosting')
    expect(said({ registration: '000-00-00000' })).toContain(
      '"registration" is no business registration number',
    )
    expect(said({ email: 'help@pillivery.example' })).toContain('"email" is no address of yours')
    expect(complaint({ ...PRODUCTION, MERCHANT: '' })).toContain('MERCHANT is required')
  })

  it('takes production values', () => {
    expect(() => readConfig(PRODUCTION)).not.toThrow()
  })

  it.each(Object.entries(TEST_VALUES))('refuses %s=%s by name', (name, value) => {
    const toss = { TOSS_SECRET_KEY: 'live_sk_0a1b2c3d4e5f6g7h', TOSS_CLIENT_KEY: 'live_ck_0a1b2c3d4e5f6g7h' }
    expect(
      complaint({ ...PRODUCTION, ...toss, [name]: value })
        .split('\n  ')
        .slice(1),
    ).toEqual([expect.stringMatching(new RegExp(`^${name}=`))])
  })

  it('names all of them in one message, and no secret', () => {
    const said = complaint({ NODE_ENV: 'production', ...TEST_VALUES })
    for (const name of Object.keys(TEST_VALUES)) expect(said).toContain(`${name}=`)
    expect(said).toContain('DATABASE_URL is required')
    for (const secret of ['DEV_KAKAOPAY_SECRET', 'test_sk_simulated', 'AAAAAAAA'])
      expect(said).not.toContain(secret)
  })

  it('does not take the published merchant ids by default', () => {
    const { KAKAOPAY_CID: _one, KAKAOPAY_SUBSCRIPTION_CID: _two, ...without } = PRODUCTION
    expect(complaint(without)).toMatch(/KAKAOPAY_CID=TC0ONETIME[\s\S]*KAKAOPAY_SUBSCRIPTION_CID=TCSUBSCRIP/)
  })
})

describe('the address', () => {
  it.each(['0.0.0.0', '::', '192.168.0.7', 'shop.internal'])(
    '%s beyond this machine is not for demo accounts, whose passwords everybody knows',
    (HOST) => {
      expect(complaint({ HOST })).toContain(`HOST=${HOST}: the demo accounts`)
      expect(() => readConfig({ HOST, DEMO: 'off' })).not.toThrow()
      expect(() => readConfig({ ...OWN_DATABASE, HOST })).not.toThrow()
    },
  )

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.1.2.3', '127.1.2.3'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['localhost', 'localhost'],
  ])('%s is this machine', (HOST, host) => {
    expect(readConfig({ HOST }).host).toBe(host)
  })

  it.each(['http://x', 'a b', '1.2.3.4:80', '-'])('%s is none', (HOST) => {
    expect(complaint({ HOST })).toContain(`HOST=${HOST}: must be an IP address or a host name`)
  })

  it('of the server and of the bank are not the same port', () => {
    expect(complaint({ PORT: '9000', BANK_PORT: '9000' })).toContain('BANK_PORT=9000: is also the port')
  })
})

describe('how customers are told', () => {
  it.each([
    [{ NOTIFY_BY: 'smtp' }, 'NOTIFY_BY=smtp: needs SMTP_URL'],
    [{ NOTIFY_BY: 'smtp', SMTP_URL: 'mail.example' }, 'SMTP_URL=…: must be an address'],
    [{ NOTIFY_BY: 'webhook' }, 'NOTIFY_BY=webhook: needs WEBHOOK_URL and WEBHOOK_SECRET'],
    [{ WEBHOOK_SECRET: 'short' }, 'WEBHOOK_SECRET=…: must have 16 characters'],
    [{ WEBHOOK_URL: 'http://elsewhere.example' }, 'WEBHOOK_URL=…: must start with https://'],
    [{ MAIL_FROM: 'nobody' }, 'MAIL_FROM=nobody: must be an e-mail address'],
    [{ MAIL_FROM: 'A <a@b.c>\nBcc: x@y.z' }, 'must be an e-mail address'],
  ] as const)('%j is refused by name', (environment, said) => {
    expect(complaint(environment)).toContain(said)
  })

  it.each(['a@b.c', '필리버리 <no-reply@shop.kr>'])('the sender may be %s', (MAIL_FROM) => {
    expect(() => readConfig({ MAIL_FROM })).not.toThrow()
  })
})

const complaint = (environment: Record<string, string>): string => {
  try {
    readConfig(environment)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('it was taken')
}

describe('the settings of subscriptions', () => {
  it('are, without any: four periods, until 18:00 the day before, told three days before', () => {
    expect(readSettings(SHOP_SETTINGS, {}, false).values).toMatchObject({
      subscriptionPeriods: { allowedDays: [30, 60, 90, 120], allowedMonths: [] },
      subscriptionCutOff: { daysBefore: 1, time: Temporal.PlainTime.from('18:00') },
      subscriptionNoticeDays: 3,
      subscriptionRetry: defaultRetryPolicy,
      subscriptionCatchUp: 'bill_one',
    })
  })

  it('are what the merchant says', () => {
    const { values } = readSettings(
      SHOP_SETTINGS,
      {
        SUBSCRIPTION_PERIODS: '14d,1-2m',
        SUBSCRIPTION_CUT_OFF: '2d 09:30',
        SUBSCRIPTION_NOTICE_DAYS: '5',
        SUBSCRIPTION_RETRY: '{"laterRetries":1}',
        SUBSCRIPTION_CATCH_UP: 'bill_all_spread',
      },
      false,
    )
    expect(values).toMatchObject({
      subscriptionPeriods: { allowedDays: [14], allowedMonths: [1, 2] },
      subscriptionCutOff: { daysBefore: 2, time: Temporal.PlainTime.from('09:30') },
      subscriptionNoticeDays: 5,
      subscriptionRetry: { ...defaultRetryPolicy, laterRetries: 1 },
      subscriptionCatchUp: 'bill_all_spread',
    })
  })

  it('that make no sense are named all at once, each with what is wrong', () => {
    const said = complaint({
      SUBSCRIPTION_PERIODS: '30d,3d',
      SUBSCRIPTION_CUT_OFF: '18:00',
      SUBSCRIPTION_NOTICE_DAYS: '0',
      SUBSCRIPTION_RETRY: '{"laterRetries":99}',
      SUBSCRIPTION_CATCH_UP: 'none',
    })
    expect(said).toContain('SUBSCRIPTION_PERIODS=30d,3d: "3d": days must be from 7 to 365')
    expect(said).toContain('SUBSCRIPTION_CUT_OFF=18:00: write the days before the charge (1 to 6)')
    expect(said).toContain('SUBSCRIPTION_NOTICE_DAYS=0: must be a whole number from 2 to 28')
    expect(said).toContain('SUBSCRIPTION_RETRY={"laterRetries":99}: out of range: laterRetries')
    expect(said).toContain('SUBSCRIPTION_CATCH_UP=none: must be one of bill_one, bill_all_spread')
  })

  it('may not tell customers of a charge when it is too late to change it', () => {
    expect(complaint({ SUBSCRIPTION_CUT_OFF: '3d 18:00' })).toContain(
      'SUBSCRIPTION_NOTICE_DAYS=3: must be more than the 3 days of SUBSCRIPTION_CUT_OFF',
    )
    expect(() =>
      readConfig({ SUBSCRIPTION_CUT_OFF: '3d 18:00', SUBSCRIPTION_NOTICE_DAYS: '4' }),
    ).not.toThrow()
  })
})

it('a setting under the name it had before is refused, with its name of today', () => {
  const old = { TOKEN_KEY: 'secret', TOKEN_SETTLE_MINUTES: '0', TOKEN_UNCHANGED: 'review' }
  expect(() => readConfig(old)).toThrow(/TOKEN_KEY is called PAYMENT_TOKEN_KEY now/)
  expect(() => readConfig(old)).toThrow(/TOKEN_SETTLE_MINUTES is called PAYMENT_TOKEN_SETTLE_MINUTES now/)
  expect(() => readConfig(old)).toThrow(/TOKEN_UNCHANGED is called PAYMENT_TOKEN_UNCHANGED now/)
  expect(() => readConfig({ TOKEN_KEY: '' })).not.toThrow()
})

describe('logins at providers', () => {
  const GOOGLE = { GOOGLE_CLIENT_ID: '1-abc.apps.google', GOOGLE_CLIENT_SECRET: 'GOCSPX-1a2b3c4d5e' }

  it('come one by one, each with its secret', () => {
    expect(() => readConfig({ ...PRODUCTION, ...GOOGLE })).not.toThrow()
    expect(complaint({ GOOGLE_CLIENT_ID: 'a' })).toContain('GOOGLE_CLIENT_ID: needs GOOGLE_CLIENT_SECRET')
    expect(complaint({ KAKAO_CLIENT_SECRET: 'a' })).toContain('KAKAO_CLIENT_SECRET: needs KAKAO_CLIENT_ID')
    expect(complaint({ NAVER_CLIENT_ID: 'a' })).toContain('NAVER_CLIENT_ID: needs NAVER_CLIENT_SECRET')
  })

  it('are never simulated in production: all that is, is named in one message', () => {
    const simulated = {
      GOOGLE_CLIENT_ID: 'simulated-client',
      GOOGLE_CLIENT_SECRET: 'simulated-secret',
      GOOGLE_ISSUER: 'http://127.0.0.1:8091/google',
      KAKAO_ISSUER: 'https://localhost/kakao',
      KAKAO_PROFILE_URL: 'http://127.0.0.1:8091/kakao/v2/user/me',
      NAVER_ISSUER: 'http://naver.example',
      NAVER_PROFILE_URL: 'http://127.0.0.1:8091/naver/v1/nid/me',
    }
    const said = complaint({ ...PRODUCTION, ...TEST_PAYMENTS, ...simulated })
    for (const name of [...Object.keys(simulated), ...Object.keys(TEST_PAYMENTS)])
      expect(said).toContain(`${name}=`)
    expect(said).not.toContain('simulated-secret')
  })

  it('are simulated with the demo only, and only while no real one is set', () => {
    const { values } = readSettings(LOGIN_SETTINGS, {}, false)
    expect(simulatedLogins(values, true)).toBe('http://127.0.0.1:8091')
    expect(simulatedLogins(values, false)).toBeUndefined()
    expect(Object.keys(loginProviders(values, undefined))).toEqual([])
    const none = readSettings(LOGIN_SETTINGS, { SOCIAL_PORT: '0' }, false).values
    expect(simulatedLogins(none, true)).toBeUndefined()
    const real = readSettings(LOGIN_SETTINGS, GOOGLE, false).values
    expect(simulatedLogins(real, true)).toBeUndefined()
    expect(Object.keys(loginProviders(real, undefined))).toEqual(['google'])
  })
})

describe('the public registers', () => {
  const KEYS = { FOOD_SAFETY_KEY: 'k3yOfTheFoodSafety', DATA_PORTAL_KEY: 'k3yOfTheDataPortal' }

  it('are simulated with the demo only, and only while no key is set', () => {
    const { values } = readSettings(REGISTER_SETTINGS, {}, false)
    expect(simulatedRegister(values, true)).toBe('http://127.0.0.1:8092')
    expect(simulatedRegister(values, false)).toBeUndefined()
    expect(registerAddresses(values, undefined)).toEqual([])
    const simulated = registerAddresses(values, 'http://127.0.0.1:8092')
    expect(simulated.map(({ source, baseUrl }) => `${source} ${baseUrl}`)).toEqual([
      'c003 http://127.0.0.1:8092',
      'htfs http://127.0.0.1:8092',
    ])
    const none = readSettings(REGISTER_SETTINGS, { REGISTER_PORT: '0' }, false).values
    expect(simulatedRegister(none, true)).toBeUndefined()
  })

  it('are those with a key, with their own limits', () => {
    const both = readSettings(REGISTER_SETTINGS, { ...KEYS, DATA_PORTAL_CALLS_A_DAY: '10000' }, false).values
    expect(simulatedRegister(both, true)).toBeUndefined()
    expect(registerAddresses(both, undefined)).toEqual([
      {
        source: 'c003',
        baseUrl: 'https://openapi.foodsafetykorea.go.kr',
        key: KEYS.FOOD_SAFETY_KEY,
        callsADay: 500,
        stuckAfterDays: 3,
      },
      {
        source: 'htfs',
        baseUrl: 'https://apis.data.go.kr',
        key: KEYS.DATA_PORTAL_KEY,
        callsADay: 10_000,
        stuckAfterDays: 3,
      },
    ])
    const { FOOD_SAFETY_KEY } = KEYS
    const one = readSettings(REGISTER_SETTINGS, { FOOD_SAFETY_KEY }, false).values
    expect(registerAddresses(one, undefined).map(({ source }) => source)).toEqual(['c003'])
  })

  it('take no test key and no plain connection in production, and are not needed there', () => {
    const wrong = { FOOD_SAFETY_KEY: 'sample', DATA_PORTAL_KEY: 'simulated-register-key' }
    const said = complaint({ ...PRODUCTION, ...wrong, FOOD_SAFETY_URL: 'http://food.example' })
    expect(said).toContain('FOOD_SAFETY_KEY=…: is a published test value')
    expect(said).toContain('DATA_PORTAL_KEY=…: is a published test value')
    expect(said).toContain('FOOD_SAFETY_URL=http://food.example: must start with https://')
    expect(() => readConfig(PRODUCTION)).not.toThrow()
  })
})

const TEST_PAYMENTS = { KAKAOPAY_CID: 'TC0ONETIME', PUBLIC_URL: 'http://shop.example' }
