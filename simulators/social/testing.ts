import type { Item } from './people.ts'
import { ITEMS } from './people.ts'

/** A browser that knows cookies, and nothing else: as much as a provider's pages need. */
export function createVisitor() {
  const cookies = new Map<string, string>()
  const visit = async (address: string, form?: URLSearchParams): Promise<Response> => {
    const { origin, pathname } = new URL(address)
    const answer = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...cookies.values()].map((pair) => pair.split(';')[0]).join('; ') },
      ...(form ? { method: 'POST', body: form } : {}),
    })
    for (const cookie of answer.headers.getSetCookie()) cookies.set(cookie.split('=')[0] ?? '', cookie)
    if (pathname === '') throw new Error(`no page at ${origin}`)
    return answer
  }
  return { visit }
}

/**
 * Goes through a provider's page as a person would, without a browser.
 * @returns the address at which the shop is called afterwards
 */
export async function throughProvider(
  authorizationUrl: string,
  wish: { person: string; refuse?: readonly Item[] } | 'cancel',
): Promise<string> {
  const { visit } = createVisitor()
  const page = nextOf(authorizationUrl, await visit(authorizationUrl))
  const shown = await visit(page)
  if (shown.status !== 200) throw new Error(`the page answered ${shown.status}: ${await shown.text()}`)
  const form = new URLSearchParams()
  if (wish !== 'cancel') {
    form.set('person', wish.person)
    for (const item of ITEMS) if (!wish.refuse?.includes(item)) form.append('give', item)
  }
  const resumed = nextOf(page, await visit(wish === 'cancel' ? `${page}/cancel` : page, form))
  return nextOf(resumed, await visit(resumed))
}

function nextOf(from: string, answer: Response): string {
  const next = answer.headers.get('location')
  if (next === null) throw new Error(`${from} answered ${answer.status} and leads nowhere`)
  return new URL(next, from).href
}
