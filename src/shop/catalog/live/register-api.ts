import { createGuard } from '../../../platform/resilience/guard.ts'
import { createOutboundHttp, type OutboundRequest } from '../../../platform/resilience/outbound-http.ts'
import { type WireResult, wireVerdict } from '../../../platform/resilience/wire.ts'
import type { OfficialSource } from '../import/public-envelope.ts'
import { type Page, readPage, type Trouble } from './read-page.ts'

/** Where a register is, and what it takes from us. */
export interface RegisterAddress {
  readonly source: OfficialSource
  /** Origin, such as https://apis.data.go.kr. */
  readonly baseUrl: string
  readonly key: string
  readonly callsADay: number
  /** On so many days a page is asked for in vain before its walk is given up. */
  readonly stuckAfterDays: number
}

export interface ApiLimits {
  /** Longest time for one answer, from the first byte sent to the last one read. The registers often take over 10 s. */
  readonly timeoutMs: number
  /** Largest answer in bytes: a page of the register has a few million. */
  readonly maxBytes: number
}

export const API_LIMITS: ApiLimits = { timeoutMs: 60_000, maxBytes: 32 * 1_048_576 }

export interface RegisterApi {
  /** Asks once for `size` rows from the row `from` on. Never rejects for anything the network does. */
  ask(from: number, size: number, signal: AbortSignal): Promise<Page | Trouble>
  close(): Promise<void>
}

/** Five calls in a row that failed: half a minute without any. */
const BREAKER = { window: 5, minimumCalls: 5, failureRatio: 1, openMs: 30_000, halfOpenTrials: 1 }

/** Speaks with one register: one call at a time, no redirects, and its key in no message. */
export function registerApi(address: RegisterAddress, limits: ApiLimits = API_LIMITS): RegisterApi {
  const http = createOutboundHttp({
    baseUrl: address.baseUrl,
    maxSockets: 1,
    connectTimeoutMs: Math.min(10_000, limits.timeoutMs),
    maxResponseBytes: limits.maxBytes,
  })
  const guard = createGuard<WireResult>({
    name: `register.${address.source}`,
    limit: 1,
    breaker: BREAKER,
    classify: wireVerdict,
  })
  return {
    ask: async (from, size, signal) => {
      const deadline = Date.now() + limits.timeoutMs
      const request = requestFor(address, from, size)
      const result = await guard.run((given) => http.request({ ...request, deadline, signal: given }), {
        deadline,
        signal,
      })
      const read = await readPage(result)
      return read.kind === 'page' ? read : withoutKey(read, address.key)
    },
    close: async () => {
      guard.stop()
      await http.close()
    },
  }
}

/** 식품안전나라 has the key and the rows in its path, data.go.kr asks for pages; `from` is where one of them begins. */
function requestFor(
  { source, key }: RegisterAddress,
  from: number,
  size: number,
): Pick<OutboundRequest, 'method' | 'path' | 'query'> {
  if (source === 'c003') {
    const path = `/api/${encodeURIComponent(key)}/C003/json/${from}/${from + size - 1}`
    return { method: 'GET', path }
  }
  const pageNo = Math.floor((from - 1) / size) + 1
  return {
    method: 'GET',
    path: '/1471000/HtfsInfoService03/getHtfsItem01',
    query: { ServiceKey: plainKey(key), pageNo: String(pageNo), numOfRows: String(size), type: 'json' },
  }
}

/** data.go.kr hands its keys out in two forms, one of them encoded for an address already. */
function plainKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** A service may quote the key it refuses. */
function withoutKey(trouble: Trouble, key: string): Trouble {
  const forms = [key, plainKey(key), encodeURIComponent(key)]
  const hide = (text: string) => forms.reduce((left, form) => left.replaceAll(form, '…'), text)
  return { ...trouble, message: { ko: hide(trouble.message.ko), en: hide(trouble.message.en) } }
}
