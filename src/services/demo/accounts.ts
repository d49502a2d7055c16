import type { WantedAccount } from '../../identity/index.ts'
import type { Role } from '../../platform/http/actor.ts'

/** Accounts of the demo, one for each role. They are made only outside production, with the rest of the demo data. */
export const DEMO_ACCOUNTS: readonly { role: Role; email: string; password: string }[] = [
  { role: 'customer', email: 'customer@demo.pillivery', password: 'Demo-customer1!' },
  { role: 'merchant', email: 'merchant@demo.pillivery', password: 'Demo-merchant1!' },
  { role: 'librarian', email: 'librarian@demo.pillivery', password: 'Demo-librarian1!' },
  { role: 'admin', email: 'admin@demo.pillivery', password: 'Demo-admin1!' },
]

/** The same with everything an account needs. */
export function demoAccounts(): WantedAccount[] {
  return DEMO_ACCOUNTS.map(({ role, email, password }, index) => ({
    email,
    password,
    roles: role === 'customer' ? ['customer'] : ['customer', role],
    displayName: `데모${index + 1}`,
    realName: '홍길동',
    phone: `010-0000-000${index + 1}`,
    address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
  }))
}
