import type { Config } from '../config.ts'

const REAL_KAKAOPAY = 'https://open-api.kakaopay.com'
const REAL_TOSS = 'https://api.tosspayments.com'
/** The keys the simulated bank accepts unless told otherwise. */
const SIMULATED_KAKAOPAY_KEY = 'DEV_KAKAOPAY_SECRET'
const SIMULATED_TOSS_KEY = 'test_sk_simulated'

/** Address of the simulated bank when this process is to run one: outside production, with no provider set. */
export function simulatedBank(config: Config): string | undefined {
  const set = config.kakaopaySecretKey !== undefined || config.kakaopayBaseUrl !== undefined
  return set || config.nodeEnv === 'production' ? undefined : `http://127.0.0.1:${config.bankPort}`
}

/** Where the payment providers are, and the keys for them. Toss needs a page that opens its window. */
export function providerAddresses(config: Config) {
  const bank = simulatedBank(config)
  const checkoutPageUrl = config.tossCheckoutUrl ?? (bank ? `${bank}/toss/checkout` : undefined)
  const tossKey = config.tossSecretKey ?? (bank ? SIMULATED_TOSS_KEY : undefined)
  return {
    kakaopay: {
      baseUrl: config.kakaopayBaseUrl ?? bank ?? REAL_KAKAOPAY,
      secretKey: config.kakaopaySecretKey ?? SIMULATED_KAKAOPAY_KEY,
    },
    toss:
      checkoutPageUrl !== undefined && tossKey !== undefined
        ? { baseUrl: config.tossBaseUrl ?? bank ?? REAL_TOSS, secretKey: tossKey, checkoutPageUrl }
        : undefined,
  }
}
