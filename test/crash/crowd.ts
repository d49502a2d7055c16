import { type Account, createAccount } from './accounts.ts'
import { buy, type Shopping } from './buyer.ts'
import type { Kills } from './killer.ts'
import { planPurchase } from './plan.ts'
import { showProgress } from './report.ts'

/** Lets the customers in, so many at a time, each with an account that nobody else uses meanwhile. */
export function openShop(test: { purchases: number; buyers: number; seed: number }, shopping: Shopping) {
  const { purchases, buyers, seed } = test
  const startedAt = performance.now()
  const progress = showProgress(purchases)
  const accounts = Array.from({ length: buyers * 4 }, (_, n) =>
    createAccount(n, shopping.shopUrl, shopping.log, shopping.trouble),
  )
  const byEmail = new Map(accounts.map((account) => [account.email, account]))
  const free = [...accounts]
  const endings: string[] = []
  const surprises: string[] = []
  let kills = 0
  let next = 0
  let endedAt = 0

  const buyOne = async (number: number, account: Account) => {
    const plan = planPurchase(seed, number, purchases)
    try {
      endings.push(await buy(shopping, account, plan))
    } catch (error) {
      endings.push('surprised')
      surprises.push(
        `(purchase ${number}, ${plan.journey}) ${error instanceof Error ? error.message : error}`,
      )
    }
    progress.update(endings.length, `${kills} kills | ${shopping.trouble.connection} lost connections`)
  }
  const worker = async () => {
    while (next < purchases) {
      const number = next++
      const account = free.shift()
      if (account === undefined) throw new Error('there are fewer accounts than customers')
      await buyOne(number, account)
      free.push(account)
    }
  }
  const finished = Promise.all(Array.from({ length: buyers }, worker)).then(() => {
    endedAt = performance.now()
    progress.stop()
  })
  return {
    finished,
    endings,
    surprises,
    over: () => endings.length,
    elapsedMs: () => endedAt - startedAt,
    accountOf: (email: string) => byEmail.get(email),
    toldOfKills: (so: Kills) => {
      kills = so.server + so.database
    },
  }
}
