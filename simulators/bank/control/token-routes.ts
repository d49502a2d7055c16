import type { Bank } from '../bank.ts'
import { type Exchange, parseObject, readBody, sendJson } from '../http/exchange.ts'
import { TEST_CIDS } from '../kakaopay/fields.ts'
import type { RowDraft } from '../rows.ts'

const TOKEN = /^[\w.=-]{1,200}$/

type Script = {
  declines: number
  code: string | number
  extras: Record<string, string> | undefined
  monthlyLimit: number | undefined
}

function readScript(body: Record<string, unknown>): Script | string {
  const { declines = 0, code = -782, extras, monthlyLimit, ...rest } = body
  const odd = Object.keys(rest)[0]
  if (odd !== undefined) return `/${odd}: is not a field (declines, code, extras, monthlyLimit)`
  if (typeof declines !== 'number' || !Number.isInteger(declines) || declines < 0)
    return '/declines: must be a whole number of at least 0'
  if (typeof code !== 'string' && !(typeof code === 'number' && Number.isInteger(code)))
    return '/code: must be the provider’s error code'
  if (
    monthlyLimit !== undefined &&
    !(typeof monthlyLimit === 'number' && Number.isInteger(monthlyLimit) && monthlyLimit >= 0)
  )
    return '/monthlyLimit: must be a whole number of at least 0'
  if (extras !== undefined && (typeof extras !== 'object' || extras === null || Array.isArray(extras)))
    return '/extras: must be an object'
  const texts =
    extras === undefined
      ? undefined
      : Object.fromEntries(Object.entries(extras).map(([k, v]) => [k, String(v)]))
  return { declines, code, extras: texts, monthlyLimit }
}

async function store(bank: Bank, exchange: Exchange, rows: RowDraft[], answer: unknown): Promise<void> {
  bank.commit(rows)
  await bank.journal.settled()
  sendJson(exchange, 200, answer)
}

/** `POST /tokens/{token}`: decline the next n charges with a code, then let through; monthly limit. */
export async function postToken(bank: Bank, exchange: Exchange, token: string): Promise<void> {
  const body = parseObject((await readBody(exchange.req, 65_536)) ?? '')
  const script = body === undefined ? 'the body must be a JSON object' : readScript(body)
  if (typeof script === 'string') return sendJson(exchange, 400, { error: script })
  const { declines, code, extras, monthlyLimit } = script
  if (bank.kakao.sids.has(token)) {
    if (typeof code !== 'number')
      return sendJson(exchange, 400, { error: '/code: KakaoPay codes are numbers' })
    const row = {
      provider: 'kakaopay',
      kind: 'token_script',
      sid: token,
      declines,
      code,
      extras,
      monthlyLimit,
    } as const
    return store(bank, exchange, [row], { token, declines, code, monthlyLimit })
  }
  if (bank.toss.billingKeys.has(token)) {
    const word = typeof code === 'string' ? code : 'REJECT_CARD_PAYMENT'
    const row = { provider: 'toss', kind: 'token_script', billingKey: token, declines, code: word } as const
    return store(bank, exchange, [row], { token, declines, code: word })
  }
  sendJson(exchange, 404, { error: `no token ${token}` })
}

/** `POST /tokens/{token}/deactivate`: the customer cuts the merchant off in the provider's app. */
export async function deactivateToken(bank: Bank, exchange: Exchange, token: string): Promise<void> {
  const sid = bank.kakao.sids.get(token)
  if (sid !== undefined) {
    const row = {
      provider: 'kakaopay',
      kind: 'sid_inactivated',
      sid: token,
      partnerUserId: sid.partnerUserId,
      by: 'user',
    } as const
    return store(bank, exchange, sid.inactivatedAt === undefined ? [row] : [], { token, active: false })
  }
  const key = bank.toss.billingKeys.get(token)
  if (key === undefined) return sendJson(exchange, 404, { error: `no token ${token}` })
  const fresh = key.deletedAt === undefined
  const row = {
    provider: 'toss',
    kind: 'billing_deleted',
    billingKey: token,
    partnerUserId: key.customerKey,
    by: 'user',
  } as const
  await store(bank, exchange, fresh ? [row] : [], { token, active: false })
  if (fresh) bank.webhooks.announce(bank, [row])
}

/**
 * `POST /tokens { provider, tokens: [{ token, partnerUserId, itemName? }] }`: tokens the customers agreed to
 * earlier, so that a filled shop finds a bank that knows its subscriptions. Known tokens are left alone.
 */
export async function importTokens(bank: Bank, exchange: Exchange): Promise<void> {
  const body = parseObject((await readBody(exchange.req, 33_554_432)) ?? '')
  const { provider, tokens } = body ?? {}
  if ((provider !== 'kakaopay' && provider !== 'toss') || !Array.isArray(tokens))
    return sendJson(exchange, 400, { error: 'give provider (kakaopay or toss) and tokens (a list)' })
  const rows: RowDraft[] = []
  const list: unknown[] = tokens
  for (const [at, given] of list.entries()) {
    const {
      token,
      partnerUserId,
      itemName = '정기결제',
    } = typeof given === 'object' && given !== null ? Object.fromEntries<unknown>(Object.entries(given)) : {}
    if (typeof token !== 'string' || !TOKEN.test(token) || (provider === 'kakaopay' && token.length > 20))
      return sendJson(exchange, 400, {
        error: `/tokens/${at}/token: must be a token (KakaoPay: at most 20 characters)`,
      })
    if (typeof partnerUserId !== 'string' || partnerUserId === '' || typeof itemName !== 'string')
      return sendJson(exchange, 400, { error: `/tokens/${at}/partnerUserId: must be a text` })
    if (provider === 'toss' && !bank.toss.billingKeys.has(token))
      rows.push({ provider, kind: 'billing_issued', via: 'import', billingKey: token, partnerUserId })
    if (provider === 'kakaopay' && !bank.kakao.sids.has(token))
      rows.push({
        provider,
        kind: 'sid_issued',
        via: 'import',
        sid: token,
        cid: TEST_CIDS.recurring,
        partnerOrderId: 'import',
        partnerUserId,
        itemName,
        method: 'MONEY',
      })
  }
  await store(bank, exchange, rows, { imported: rows.length, known: list.length - rows.length })
}
