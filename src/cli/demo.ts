import type { Role } from '../platform/http/actor.ts'
import type { Services } from '../services.ts'

/** Accounts of the demo shop. They are made only outside production, with the rest of the demo data. */
export const DEMO_ACCOUNTS: readonly { role: Role; email: string; password: string }[] = [
  { role: 'customer', email: 'customer@demo.pillivery', password: 'Demo-customer1!' },
  { role: 'merchant', email: 'merchant@demo.pillivery', password: 'Demo-merchant1!' },
  { role: 'librarian', email: 'librarian@demo.pillivery', password: 'Demo-librarian1!' },
  { role: 'admin', email: 'admin@demo.pillivery', password: 'Demo-admin1!' },
]

/** Fills an empty shop with real rows of the public register and the demo accounts; a shop with items is left alone. */
export async function seedDemo(services: Services, say: (line: string) => void): Promise<void> {
  if (!(await services.catalog.isEmpty())) return
  say('Preparing demo data')
  for (const [index, { role, email, password }] of DEMO_ACCOUNTS.entries()) {
    await services.identity.ensureAccount({
      email,
      password,
      roles: role === 'customer' ? ['customer'] : ['customer', role],
      displayName: `데모${index + 1}`,
      realName: '홍길동',
      phone: `010-0000-000${index + 1}`,
      address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
    })
  }
  // Last, because items are the sign that all of it is there.
  await services.catalog.seedDemo()
}
