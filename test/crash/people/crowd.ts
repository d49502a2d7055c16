import type { Kills } from '../killer.ts'
import { planPurchase } from '../plan.ts'
import { planRegistration } from '../registrations/plan.ts'
import { type Registering, registerMethod } from '../registrations/registrar.ts'
import { showProgress } from '../report.ts'
import { type Account, createAccount } from './accounts.ts'
import { buy, type Shopping } from './buyer.ts'

/** Fewer than one account may register in a day, so that none is refused. */
const REGISTRATIONS_PER_ACCOUNT = 6

/**
 * Lets the customers in, so many at a time, each with an account that nobody else uses meanwhile. Some register a
 * payment method in another tab while they buy.
 */
export function openShop(
  test: { purchases: number; buyers: number; seed: number },
  shopping: Shopping,
  registering: Registering,
) {
  const { purchases, buyers, seed } = test
  const startedAt = performance.now()
  const progress = showProgress(purchases)
  const accounts = Array.from({ length: buyers * 4 }, (_, n) =>
    createAccount(n, shopping.shopUrl, shopping.log, shopping.trouble),
  )
  const byEmail = new Map(accounts.map((account) => [account.email, account]))
  const free = [...accounts]
  const endings: string[] = []
  const registrations: string[] = []
  const registeredBy = new Map<string, number>()
  const surprises: string[] = []
  let kills = 0
  let next = 0
  let endedAt = 0

  /** Customers who have bought and still register: their accounts are not free yet. */
  const stillRegistering = new Set<Promise<void>>()
  const surprised = (what: string, error: unknown): 'surprised' => {
    surprises.push(`(${what}) ${error instanceof Error ? error.message : error}`)
    return 'surprised'
  }
  const register = async (number: number, account: Account) => {
    const plan = planRegistration(seed, number)
    const before = registeredBy.get(account.email) ?? 0
    if (plan === undefined || before === REGISTRATIONS_PER_ACCOUNT) return
    registeredBy.set(account.email, before + 1)
    const what = `registration ${number}, ${plan.visit}, ${plan.provider}`
    registrations.push(
      await registerMethod(registering, account, plan).catch((error) => surprised(what, error)),
    )
  }
  const buyOne = async (number: number, account: Account) => {
    const plan = planPurchase(seed, number, purchases)
    const what = `purchase ${number}, ${plan.journey}`
    const registration = register(number, account)
    endings.push(await buy(shopping, account, plan).catch((error) => surprised(what, error)))
    const left = registration.then(() => {
      stillRegistering.delete(left)
      free.push(account)
    })
    stillRegistering.add(left)
    progress.update(endings.length, `${kills} kills | ${shopping.trouble.connection} lost connections`)
  }
  const worker = async () => {
    while (next < purchases) {
      const number = next++
      while (free.length === 0 && stillRegistering.size > 0) await Promise.race(stillRegistering)
      const account = free.shift()
      if (account === undefined) throw new Error('there are fewer accounts than customers')
      await buyOne(number, account)
    }
  }
  const finished = Promise.all(Array.from({ length: buyers }, worker)).then(async () => {
    endedAt = performance.now()
    await Promise.all(stillRegistering)
    progress.stop()
  })
  return {
    finished,
    endings,
    registrations,
    surprises,
    over: () => endings.length,
    returning: () => registering.returning,
    elapsedMs: () => endedAt - startedAt,
    accountOf: (email: string) => byEmail.get(email),
    toldOfKills: (so: Kills) => {
      kills = so.server + so.database
    },
  }
}
