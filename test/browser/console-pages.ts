import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import type { System } from '../support/system.ts'

/** Things there are to look at for those who work here; a room adds what its pages need. */
export interface Worked {
  /** Somebody whose orders, payments and loans are shown. */
  customerEmail: string
}

interface ConsolePage {
  /** What it is called in a picture of it. */
  name: string
  /** Below /console. */
  path: string | ((worked: Worked) => string)
  /** Who looks at it. */
  role: 'merchant' | 'librarian' | 'admin'
}

/** Every page of the console, with something to see on it. A room that is not here fails the test. */
export const CONSOLE_PAGES: readonly ConsolePage[] = [{ name: 'audit', path: '/audit', role: 'admin' }]

/** Makes the pages worth seeing. @param system with demo data */
export async function workIn(_system: System): Promise<Worked> {
  return { customerEmail: demoAccount('customer').email }
}

export function demoAccount(role: 'customer' | ConsolePage['role']): { email: string; password: string } {
  const account = DEMO_ACCOUNTS.find((one) => one.role === role)
  if (!account) throw new Error(`there is no demo ${role}`)
  return account
}
