import type { FastifyReply } from 'fastify'
import type { Language } from '../../words/index.ts'
import type { Site } from '../frame/site.tsx'
import { languageIn, type Visit } from '../frame/visit.ts'

/** What a browser keeps of a login that is on its way to a provider and back. */
export interface KeptFlow {
  flow: string
  /** Where to go afterwards, without its language. */
  next: string
  /** Of the page the login began on: the way back from a provider has none. */
  language: Language
}

type Replying = Visit & { readonly reply: FastifyReply }

/** @param next a page of ours, without its language */
export function keepFlow({ browser, world }: Site, visit: Replying, flow: string, next: string): void {
  const value = `${flow}~${Buffer.from(visit.to(next)).toString('base64url')}`
  browser.keep(visit.reply, 'login-flow', value, world.identity.social.keptSeconds.flow)
}

/** What was kept, once: it is forgotten with this. */
export function takeFlow({ browser }: Site, visit: Replying): KeptFlow | undefined {
  const value = browser.kept(visit.request, 'login-flow')
  if (value === undefined) return undefined
  browser.forget(visit.reply, 'login-flow')
  const [flow = '', next = ''] = value.split('~')
  const path = Buffer.from(next, 'base64url').toString()
  // Only a page of ours, whoever wrote the cookie.
  const address = URL.parse(path.startsWith('/') ? path : '/', 'http://here')
  if (address?.origin !== 'http://here') return { flow, next: '/my', language: 'ko' }
  const { language, path: bare } = languageIn(address.pathname)
  return { flow, next: `${bare}${address.search}`, language }
}
