import { describe, expect, it } from 'vitest'
import { readSettings } from '../platform/settings.ts'
import { defaultRetryPolicy } from '../shop/subscriptions/index.ts'
import { readConfig } from './config.ts'
import { wantsDemo } from './demo/wanted.ts'
import { SHOP_SETTINGS } from './shop-settings.ts'

const OWN_DATABASE = { DATABASE_URL: 'postgres://shop@db.example/shop' }
const PRODUCTION = {
  ...OWN_DATABASE,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://shop.example',
  KAKAOPAY_SECRET_KEY: 'secret',
  JWT_PRIVATE_KEY: 'key',
  PAYMENT_TOKEN_KEY: 'key',
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
