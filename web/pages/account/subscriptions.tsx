import type { Actor } from '../../../src/platform/http/actor.ts'
import { won } from '../../../src/platform/money.ts'
import { refused } from '../../../src/platform/refusal.ts'
import type { SubscriptionDetailView, SubscriptionView, Wish } from '../../../src/shop/subscriptions/index.ts'
import { wrongOf } from '../../ui/field.tsx'
import { phoneText } from '../../ui/format.ts'
import { Nothing, Pager } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, pageIn, type Visit } from '../frame/visit.ts'
import { periodIn } from '../shop/periods.ts'
import { type ReceiverForm, receiverIn, typedReceiver, withNote } from '../shop/receiver-fields.tsx'
import { chosenAddress, receiverOfSaved } from '../shop/saved-addresses.tsx'
import { type Said, SubscriptionDetail } from './subscription-detail.tsx'
import { SubscriptionList } from './subscription-list.tsx'

const PAGE_SIZE = 10

/** One's own subscriptions, and everything that can be asked of them. */
export function subscriptionPages(site: Site): void {
  const { pages } = site.world.subscriptions
  site.signedIn('GET', '/subscriptions', async (visit, actor) => {
    const page = pageIn(visit.query, 100_000)
    const { subscriptions, totalElements } = await pages.list(actor, { page, size: PAGE_SIZE })
    return listOf(visit, subscriptions, page, Math.ceil(totalElements / PAGE_SIZE))
  })
  site.signedIn('GET', '/subscriptions/:id', async (visit, actor) => {
    const done = visit.query.get('done')
    const texts: Readonly<Record<string, string>> = visit.words.subscriptions.done
    const text = done !== null && Object.hasOwn(texts, done) ? texts[done] : undefined
    return detailOf(site, visit, actor, text === undefined ? {} : { done: text })
  })
  site.signedIn('POST', '/subscriptions/:id/:wish', async (visit, actor) => {
    const id = idOf(visit.params.id)
    const wish = wishIn(visit.params.wish, visit.form)
    if (id === undefined || wish === undefined) return refused('not_found')
    const result = await pages.change({ subscriptionId: id, actor }, wish)
    if (result.kind === 'changed') return to(`/subscriptions/${id}?done=${wish.kind}`)
    if (result.code === 'not_found') return result
    const trouble = result.errors ? visit.words.errors.check : site.saying(visit, result)
    const typed = wish.kind === 'receiver' ? receiverIn(visit.form) : undefined
    const said = { trouble, wrong: wrongOf(visit, result), ...(typed ? { typed } : {}) }
    return detailOf(site, visit, actor, said, site.world.problems[result.code]?.status ?? 422)
  })
}

/** What a form asks for; undefined for what no form of ours sends. */
function wishIn(kind: string | undefined, form: URLSearchParams): Wish | undefined {
  switch (kind) {
    case 'quantity':
      return { kind, quantity: Math.trunc(Number(form.get('quantity'))) || 0 }
    case 'period':
      return { kind, period: periodIn(form.get('period')) ?? { unit: 'days', count: 0 } }
    case 'receiver':
      return { kind, receiver: typedReceiver(receiverIn(form)) }
    case 'method': {
      const paymentMethodId = idOf(form.get('method'))
      return paymentMethodId === undefined ? undefined : { kind, paymentMethodId }
    }
    case 'accept-price': {
      const price = Number(form.get('price'))
      return Number.isSafeInteger(price) && price >= 0 ? { kind, unitPrice: won(price) } : undefined
    }
    case 'skip':
      return { kind, due: dayIn(form.get('due')) }
    case 'unskip': {
      const due = dayIn(form.get('due'))
      return due && { kind, due }
    }
    case 'pause':
      return { kind, until: dayIn(form.get('until')) ?? null }
    case 'resume':
    case 'cancel':
      return { kind }
    default:
      return undefined
  }
}

function dayIn(text: string | null): Temporal.PlainDate | undefined {
  if (!/^20\d\d-\d\d-\d\d$/.test(text ?? '')) return undefined
  try {
    return Temporal.PlainDate.from(text ?? '')
  } catch {
    return undefined
  }
}

async function detailOf(
  site: Site,
  visit: Visit & { params: Readonly<Record<string, string>> },
  actor: Actor,
  said: Said,
  status = 200,
) {
  const id = idOf(visit.params.id)
  if (id === undefined) return refused('not_found')
  const { pages } = site.world.subscriptions
  const [subscription, methods, addresses] = await Promise.all([
    pages.get(actor, id),
    pages.methods(actor),
    site.world.identity.addressBook.list(actor),
  ])
  if ('kind' in subscription) return subscription
  const agreedAt = Temporal.Instant.from(subscription.consent.at)
  const chosen = chosenAddress(visit, addresses)
  // The note for the driver stays: it is not part of an address.
  const { note, noteOther } = receiverOf(visit, subscription)
  const typed = said.typed ?? (chosen && { ...receiverOfSaved(chosen), note, noteOther })
  return shown({
    title: visit.words.subscriptions.detail,
    status,
    tab: 'my',
    body: (
      <SubscriptionDetail
        world={site.world}
        visit={visit}
        subscription={subscription}
        methods={methods.filter(({ state }) => state === 'active')}
        receiver={typed ?? receiverOf(visit, subscription)}
        addresses={addresses}
        boughtUnder={await site.world.identity.legal.boughtUnder(agreedAt)}
        said={{ ...said, ...(typed ? { typed } : {}) }}
      />
    ),
  })
}

function receiverOf(visit: Visit, { receiver }: SubscriptionDetailView): ReceiverForm {
  const { name, phone, address, deliveryNote } = receiver
  return withNote(visit, { name, phone: phoneText(phone), ...address, note: '', noteOther: '' }, deliveryNote)
}

function listOf(
  visit: Visit,
  subscriptions: readonly SubscriptionView[],
  page: number,
  pages: number,
): PageAnswer {
  const { words } = visit
  return shown({
    title: words.subscriptions.title,
    tab: 'my',
    body: (
      <div className="wide">
        <h1>{words.subscriptions.title}</h1>
        {subscriptions.length === 0 ? (
          <Nothing
            title={words.subscriptions.none}
            hint={words.subscriptions.noneHint}
            action={
              <a className="button" href={visit.to('/items')}>
                {words.home.toBest}
              </a>
            }
          />
        ) : (
          <SubscriptionList visit={visit} subscriptions={subscriptions} />
        )}
        <Pager
          visit={visit}
          page={page}
          pages={pages}
          href={(number) => visit.to(`/subscriptions?page=${number}`)}
        />
      </div>
    ),
  })
}
