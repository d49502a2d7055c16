import {
  anyOf,
  guessable,
  notOverTheNetwork,
  optional,
  publishedForTests,
  setting,
  text,
  url,
  type ValuesOf,
  whole,
} from '../../platform/settings.ts'
import type { RegisterAddress } from '../../shop/catalog/index.ts'

/** What the simulated registers take, and the key with which everybody may try 식품안전나라 for five rows. */
const FOR_TESTS = publishedForTests(/^(simulated|sample)/i)
const address = url('http:', 'https:')
const calls = whole(1, 1_000_000)

/** Settings of the public registers of health functional food, which are imported by their APIs. */
export const REGISTER_SETTINGS = {
  registerPort: setting(
    'REGISTER_PORT',
    '8092',
    'Port of the simulated public registers, which run with the demo data while no key of a real one is set; 0: none',
    whole(0, 65_535),
  ),
  foodSafetyKey: optional(
    'FOOD_SAFETY_KEY',
    'Key of 식품안전나라 for its register C003. With it or DATA_PORTAL_KEY the server imports every night from 03:00 on, as `import register` does',
    text,
    { secret: true, refuse: anyOf(FOR_TESTS, guessable) },
  ),
  foodSafetyUrl: setting(
    'FOOD_SAFETY_URL',
    'https://openapi.foodsafetykorea.go.kr',
    'Where 식품안전나라 is found',
    address,
    { refuse: notOverTheNetwork },
  ),
  foodSafetyCallsADay: setting(
    'FOOD_SAFETY_CALLS_A_DAY',
    '500',
    'Calls 식품안전나라 allows in a day; a whole import takes about 95',
    calls,
  ),
  dataPortalKey: optional(
    'DATA_PORTAL_KEY',
    'Service key of data.go.kr for its register HtfsInfoService03, in either form',
    text,
    { secret: true, refuse: anyOf(FOR_TESTS, guessable) },
  ),
  dataPortalUrl: setting('DATA_PORTAL_URL', 'https://apis.data.go.kr', 'Where data.go.kr is found', address, {
    refuse: notOverTheNetwork,
  }),
  dataPortalCallsADay: setting(
    'DATA_PORTAL_CALLS_A_DAY',
    '1000',
    'Calls data.go.kr allows in a day; a whole import takes about 460',
    calls,
  ),
  registerStuckAfterDays: setting(
    'REGISTER_STUCK_AFTER_DAYS',
    '3',
    'On so many days a page of a public register is asked for in vain before its import is given up; the next night begins at the first row',
    whole(1, 60),
  ),
} as const

type RegisterSettings = ValuesOf<typeof REGISTER_SETTINGS>

/** Where the simulated registers are when this process is to have them: for the demo, with no key set. */
export function simulatedRegister(settings: RegisterSettings, demo: boolean): string | undefined {
  const { foodSafetyKey, dataPortalKey, registerPort } = settings
  const isSet = foodSafetyKey !== undefined || dataPortalKey !== undefined
  return isSet || !demo || registerPort === 0 ? undefined : `http://127.0.0.1:${registerPort}`
}

/** The key the simulated registers take. */
const SIMULATED_KEY = 'simulated-register-key'

/** The registers that may be asked: those with a key, or the simulated ones. */
export function registerAddresses(
  settings: RegisterSettings,
  simulated: string | undefined,
): readonly RegisterAddress[] {
  const { foodSafetyUrl, foodSafetyCallsADay, dataPortalUrl, dataPortalCallsADay } = settings
  const { registerStuckAfterDays: stuckAfterDays } = settings
  const simulatedKey = simulated === undefined ? undefined : SIMULATED_KEY
  const { foodSafetyKey = simulatedKey, dataPortalKey = simulatedKey } = settings
  const addresses: RegisterAddress[] = []
  if (foodSafetyKey !== undefined) {
    const baseUrl = simulated ?? foodSafetyUrl
    addresses.push({
      source: 'c003',
      baseUrl,
      key: foodSafetyKey,
      callsADay: foodSafetyCallsADay,
      stuckAfterDays,
    })
  }
  if (dataPortalKey !== undefined) {
    const baseUrl = simulated ?? dataPortalUrl
    addresses.push({
      source: 'htfs',
      baseUrl,
      key: dataPortalKey,
      callsADay: dataPortalCallsADay,
      stuckAfterDays,
    })
  }
  return addresses
}
