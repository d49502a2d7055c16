import { isDeepStrictEqual } from 'node:util'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { type PaymentsDeps, providerOf } from '../deps.ts'
import type { BeginCheckout, ProviderName, Returned } from '../provider.ts'
import { isReturnOver } from '../rules/return-address.ts'
import { noteOf } from '../store/attempt-store.ts'
import { untilChanged } from '../store/wait.ts'

/** What sends a customer to a page of a provider and waits for their return: a payment, or a payment method to be registered. */
interface Visiting {
  id: string
  state: string
  provider: ProviderName
  buyer_ref: string
  return_key: string
  redirect_url: string | null
  proof: Readonly<Record<string, unknown>> | null
  created_at: Temporal.Instant
}

/** The provider's answer with its page, as columns. */
export interface PageOpened {
  provider_ref: string | null
  redirect_url: string
  /** Until when the page can be used. */
  expires_at: Temporal.Instant
  lease_until: null
}

/** How one kind of row goes through a provider's page. What moves a row gives undefined when somebody else moved it. */
export interface PageVisit<Row extends Visiting> {
  read(id: string): Promise<Row | undefined>
  /** Takes the sending number from 0 to 1, which happens once: whoever does it asks the provider. */
  claim(created: Row): Promise<Row | undefined>
  wanted(claimed: Row): Pick<BeginCheckout, 'mode' | 'itemName' | 'quantity' | 'money'>
  opened(claimed: Row, page: PageOpened, note: object): Promise<Row | undefined>
  /** There is no page. Nobody can have agreed to anything. */
  notOpened(claimed: Row, code: string, note: object): Promise<Row | undefined>
  /** Why there is no page. */
  codeOf(row: Row): string | null
  notOpenedRefusal: 'payment_not_started' | 'registration_not_started'
  /** Path under which the provider sends browsers back. */
  returnPath: string
  /** Keeps what the browser brought; where the customer agreed, it goes on to `complete`. */
  takeReturn(row: Row, returned: Returned, note: object): Promise<Row | undefined>
  /** Asks the provider to do what the customer agreed to. @returns the row afterwards, whoever moved it */
  complete(agreed: Row): Promise<Row>
}

/**
 * Asks the provider for its page. Only the caller that wins the compare-and-set asks; others wait for it. Nothing here
 * can move money: without the answer the row simply ends and a new one may start.
 * Refusals: provider_unavailable, the visit's own `notOpenedRefusal`, request_in_progress.
 */
export async function openPage<Row extends Visiting>(
  deps: PaymentsDeps,
  visit: PageVisit<Row>,
  created: Row,
  device: BeginCheckout['device'],
): Promise<
  | Row
  | Refused<
      'provider_unavailable' | 'payment_not_started' | 'registration_not_started' | 'request_in_progress'
    >
> {
  if (created.state !== 'created') return pageOrWhy(visit, created)
  const claimed = await visit.claim(created)
  if (!claimed) {
    const moved = await untilChanged(created, () => visit.read(created.id))
    return 'kind' in moved ? moved : pageOrWhy(visit, moved)
  }
  return askForPage(deps, visit, claimed, device)
}

/**
 * The same for whoever has the right to ask already.
 * @param claimed as it was claimed, or made with its sending number
 */
export async function askForPage<Row extends Visiting>(
  deps: PaymentsDeps,
  visit: PageVisit<Row>,
  claimed: Row,
  device: BeginCheckout['device'],
): Promise<Row | Refused<'provider_unavailable' | 'payment_not_started' | 'registration_not_started'>> {
  const provider = providerOf(deps, claimed.provider)
  const outcome = await provider.beginCheckout(
    {
      merchantRef: claimed.id,
      buyerRef: claimed.buyer_ref,
      ...visit.wanted(claimed),
      urls: returnUrls(`${deps.settings.publicUrl}${visit.returnPath}`, claimed),
      device,
    },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${claimed.id}-ready` },
  )
  const note = noteOf(outcome)
  let moved: Row | undefined
  if (outcome.kind === 'ok') {
    const page = {
      provider_ref: outcome.value.ref ?? null,
      redirect_url: outcome.value.redirectUrl,
      expires_at: deps.clock.now().add(provider.capabilities.checkoutTtl),
      lease_until: null,
    }
    moved = await visit.opened(claimed, page, note)
  } else {
    const code = 'code' in outcome ? outcome.code : outcome.kind
    if (outcome.kind === 'invalid')
      deps.log.error({ id: claimed.id, code }, 'the provider rejected our request as invalid')
    moved = await visit.notOpened(claimed, code, note)
  }
  return pageOrWhy(visit, moved ?? (await visit.read(claimed.id)) ?? claimed)
}

/** The row, once it has a page; otherwise why it has none. */
function pageOrWhy<Row extends Visiting>(
  visit: PageVisit<Row>,
  row: Row,
): Row | Refused<'provider_unavailable' | 'payment_not_started' | 'registration_not_started'> {
  if (row.redirect_url !== null) return row
  return visit.codeOf(row) === 'unavailable'
    ? refused('provider_unavailable', { retryAfterSeconds: 5 })
    : refused(visit.notOpenedRefusal, { retryAfterSeconds: 3 })
}

/** The three addresses the provider sends the browser back to. */
function returnUrls(path: string, { id, return_key }: Visiting): BeginCheckout['urls'] {
  const base = `${path}/${id}/${return_key}`
  return { success: `${base}/success`, cancel: `${base}/cancel`, fail: `${base}/fail` }
}

/** A browser at one of the addresses of return. */
export interface Return {
  id: string
  /** The opaque part of the address; a wrong one is answered like an unknown row. */
  returnKey: string
  target: 'success' | 'cancel' | 'fail'
  query: Readonly<Record<string, string>>
}

/**
 * The browser came back from the provider's page. Whatever it says is only a hint: an approval is completed with the
 * provider, a cancel or failure ends what was not approved. Coming back twice, or in parallel, gives the same result.
 */
export async function comeBack<Row extends Visiting>(
  deps: PaymentsDeps,
  visit: PageVisit<Row>,
  { id, returnKey, target, query }: Return,
): Promise<Row | undefined> {
  const row = await visit.read(id)
  if (row?.return_key !== returnKey || isReturnOver(row, deps.clock.now())) return undefined
  const returned = providerOf(deps, row.provider).parseReturn(target, query)
  const ready = await afterAnotherProof(visit, row, returned)
  const completed = await takeReturn(visit, ready, returned)
  if (completed.state !== 'sent') return completed
  // Another request is completing it: its answer is this one's too, if it comes soon.
  const moved = await untilChanged(completed, () => visit.read(id))
  return 'kind' in moved ? completed : moved
}

/** While another proof is being tried, the row may soon wait for this one: the true one is not to be lost to a made-up one. */
async function afterAnotherProof<Row extends Visiting>(
  visit: PageVisit<Row>,
  row: Row,
  returned: Returned,
): Promise<Row> {
  if (row.state !== 'sent' || returned.kind !== 'approved') return row
  if (isDeepStrictEqual(row.proof, { ...returned.proof })) return row
  const moved = await untilChanged(row, () => visit.read(row.id))
  return 'kind' in moved ? row : moved
}

/** Takes what the browser brought, or goes on with what it or another one has brought before. */
async function takeReturn<Row extends Visiting>(
  visit: PageVisit<Row>,
  row: Row,
  returned: Returned,
): Promise<Row> {
  const isAwaited = row.state === 'awaiting_customer'
  const taken = isAwaited ? await visit.takeReturn(row, returned, { returned: returned.kind }) : undefined
  if (taken) return taken
  const current = isAwaited ? ((await visit.read(row.id)) ?? row) : row
  return current.state === 'authorised' && returned.kind === 'approved' ? visit.complete(current) : current
}
