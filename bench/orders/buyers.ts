import type { Shop } from '../measure/shop.ts'

/** Somebody signed in over HTTP. */
export interface Buyer {
  readonly id: string
  readonly token: string
  /** Of their browser's session. */
  readonly cookie: string
}

const AT_ONCE = 6
const PASSWORD = 'Bench-buyer1!'

/**
 * Customers of a benchmark, signed up on the first run.
 * @param first the number of the first; below 10,000 in all, since it is part of a phone number
 */
export async function signInBuyers(shop: Shop, count: number, first = 0): Promise<Buyer[]> {
  const numbers = Array.from({ length: count }, (_, n) => first + n)
  const buyers: Buyer[] = []
  // Passwords take time: of all at once the server puts some off.
  for (let from = 0; from < count; from += AT_ONCE)
    buyers.push(...(await Promise.all(numbers.slice(from, from + AT_ONCE).map((n) => signIn(shop, n)))))
  return buyers
}

async function signIn(shop: Shop, n: number): Promise<Buyer> {
  const email = `bench${n}@pillivery.test`
  const signedUp = await post(`${shop.url}/api/users`, {
    email,
    password: PASSWORD,
    displayName: `bench${n}`,
    realName: '홍길동',
    phone: `010-9000-${String(n).padStart(4, '0')}`,
    address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
  })
  if (signedUp.status !== 201 && signedUp.status !== 409) throw new Error(`sign-up: ${await signedUp.text()}`)
  const loggedIn = await post(`${shop.url}/api/auth/login`, { email, password: PASSWORD })
  if (loggedIn.status !== 200) throw new Error(`login: ${await loggedIn.text()}`)
  const { accessToken } = (await loggedIn.json()) as { accessToken: string }
  const me = await fetch(`${shop.url}/api/users/me`, { headers: { authorization: `Bearer ${accessToken}` } })
  if (me.status !== 200) throw new Error(`profile: ${await me.text()}`)
  return {
    id: ((await me.json()) as { id: string }).id,
    token: accessToken,
    cookie: await openSession(shop, email),
  }
}

/** Signs in by the form of the page, as browsers do. */
async function openSession(shop: Shop, email: string): Promise<string> {
  const answer = await fetch(`${shop.url}/login`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ email, password: PASSWORD }),
    redirect: 'manual',
  })
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('session='))
  if (cookie === undefined) throw new Error(`no session from the page: ${answer.status}`)
  return cookie.split(';')[0] ?? ''
}

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
