import type { FastifyRequest } from 'fastify'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import { momentText } from '../../ui/format.ts'
import { words } from '../../words/index.ts'
import type { BrowserSession } from '../frame/browser.ts'
import type { World } from '../frame/world.ts'

const STAFF = ['merchant', 'librarian', 'admin'] as const

/** Getting in and out: those who work here come by the same forms, and nobody knows who it is before. */
const FREE: ReadonlySet<string> = new Set([
  '/login',
  '/login/known',
  '/login/unknown',
  '/logout',
  '/password/forgotten',
  '/password/reset',
])

/**
 * Whether a form has to wait for the end of maintenance, and until when. Nothing else does: pages are read, staff go on,
 * and whoever comes back from a payment provider does so by addresses that are no forms of ours.
 * @param path of the route, without the language
 */
export async function holdBack(
  { clock, maintenance }: Pick<World, 'clock' | 'maintenance'>,
  browser: Pick<BrowserSession, 'identify'>,
  path: string,
  request: FastifyRequest,
): Promise<Refused<'under_maintenance'> | undefined> {
  const window = maintenance.now()
  if (window?.state !== 'under_way' || FREE.has(path)) return undefined
  const found = await browser.identify(request)
  if (typeof found === 'object' && STAFF.some((role) => found.roles.includes(role))) return undefined
  const until = window.endsAt.toString()
  return refused('under_maintenance', {
    retryAfterSeconds: clock.now().until(window.endsAt).total('seconds'),
    detail: {
      ko: words.ko.maintenance.waits(momentText(until, 'ko')),
      en: words.en.maintenance.waits(momentText(until, 'en')),
    },
  })
}
