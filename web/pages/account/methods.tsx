import { randomUUID } from 'node:crypto'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { refused } from '../../../src/platform/refusal.ts'
import { Nothing, Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import { deviceOf } from '../frame/device.ts'
import { keyIn } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'
import { providerIn } from '../shop/checkout.tsx'
import { MethodName } from './subscription-detail.tsx'

/** One's stored payment methods: what they are used for, removing one, registering another. */
export function methodPages(site: Site): void {
  const { world } = site
  const { pages } = world.subscriptions
  site.signedIn('GET', '/payment-methods', (visit, actor) => {
    const { methods } = visit.words
    const done = visit.query.get('done')
    const text = done === 'removed' ? methods.removed : done === 'used' ? methods.used : undefined
    return listOf(site, visit, actor, text === undefined ? {} : { done: text })
  })
  site.signedIn('POST', '/payment-methods', async (visit, actor) => {
    const provider = providerIn(world, visit.form.get('provider'))
    if (provider === undefined) return refused('not_found')
    const begun = await world.payments.pages.beginRegistration({
      customerId: actor.userId,
      provider,
      device: deviceOf(visit.request),
      idempotencyKey: keyIn(visit.form),
    })
    if ('kind' in begun) return listOf(site, visit, actor, { trouble: site.saying(visit, begun) }, 409)
    site.browser.rememberLanguage(visit.reply, visit.language)
    return to(begun.redirectUrl ?? '/payment-methods')
  })
  site.signedIn('POST', '/payment-methods/:id/remove', async (visit, actor) => {
    const id = idOf(visit.params.id)
    if (id === undefined) return refused('not_found')
    const result = await pages.removeMethod(actor, id)
    if (result.kind === 'removed') return to('/payment-methods?done=removed')
    if (result.code === 'not_found') return result
    return listOf(site, visit, actor, { trouble: site.saying(visit, result) }, 409)
  })
  site.signedIn('POST', '/payment-methods/:id/use', async (visit, actor) => {
    const id = idOf(visit.params.id)
    if (id === undefined) return refused('not_found')
    const result = await pages.useMethod(actor, id)
    if (result.kind === 'changed') return to('/payment-methods?done=used')
    if (result.code === 'not_found') return result
    return listOf(site, visit, actor, { trouble: site.saying(visit, result) }, 409)
  })
}

async function listOf(
  { world }: Site,
  visit: Visit,
  actor: Actor,
  said: { done?: string; trouble?: string },
  status = 200,
): Promise<PageAnswer> {
  const { words } = visit
  const t = words.methods
  const methods = await world.subscriptions.pages.methods(actor)
  const providers = world.payments.pages.providers().filter(({ registers }) => registers)
  const key = randomUUID()
  return shown({
    title: t.title,
    status,
    tab: 'my',
    leadsToProvider: true,
    body: (
      <div className="wide">
        <h1>{t.title}</h1>
        {said.trouble && <Notice kind="wrong">{said.trouble}</Notice>}
        {said.done && <Notice kind="done">{said.done}</Notice>}
        {methods.length === 0 ? (
          <Nothing title={t.none} hint={t.noneHint} />
        ) : (
          <ul className="cards">
            {methods.map((method) => (
              <li key={method.id} className="box">
                <p className="card-head">
                  <MethodName visit={visit} method={method} />
                  <span className={`state ${method.state}`}>{t.states[method.state]}</span>
                </p>
                <p className="quiet">{t.uses(method.subscriptions)}</p>
                {method.state === 'active' && (
                  <div className="actions">
                    <form action={visit.to(`/payment-methods/${method.id}/use`)} method="post" data-once="">
                      <button className="button small plain" type="submit">
                        {t.useForAll}
                      </button>
                    </form>
                    <form
                      action={visit.to(`/payment-methods/${method.id}/remove`)}
                      method="post"
                      data-once=""
                    >
                      <button className="button small plain" type="submit">
                        {t.remove}
                      </button>
                    </form>
                  </div>
                )}
              </li>
            ))}
          </ul>
        )}
        <section className="box">
          <h2>{t.add}</h2>
          <p>{t.addText}</p>
          <div className="actions">
            {providers.map(({ name }) => (
              <form key={name} action={visit.to('/payment-methods')} method="post" data-once="">
                <input type="hidden" name="provider" value={name} />
                <input type="hidden" name="key" value={`${key}-${name}`} />
                <button className={`button ${name}`} type="submit">
                  {t.addBy(words.providers[name])}
                </button>
              </form>
            ))}
          </div>
        </section>
      </div>
    ),
  })
}
