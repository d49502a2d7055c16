/**
 * What the official services put around their rows, and the many ways in which they say no: with HTTP 200 and a
 * code inside, with XML although JSON was asked for, or with an HTML page for addresses outside Korea.
 */

export type OfficialSource = 'c003' | 'htfs'

/** Rows of one answer or file. `total` = rows the source has for this query, over all pages. */
export interface OfficialRows {
  readonly kind: 'rows'
  readonly source: OfficialSource
  readonly total: number
  /** Unread rows, each for `parseOfficialRow`. */
  readonly rows: readonly unknown[]
}

/** An answer without rows. `retry`: `soon` = with back-off, `tomorrow` = daily quota, `never` = until somebody changes something. */
export interface OfficialRefusal {
  readonly kind: 'refused'
  readonly code:
    | 'key_refused'
    | 'quota_exceeded'
    | 'bad_request'
    | 'source_error'
    | 'html_page'
    | 'xml_data'
    | 'rows_missing'
    | 'not_json'
    | 'unknown_shape'
  /** The service's own code or reason, '' if it gave none. */
  readonly officialCode: string
  readonly officialMessage: string
  readonly retry: 'soon' | 'tomorrow' | 'never'
  readonly message: { readonly ko: string; readonly en: string }
}

const refusals: Readonly<Record<OfficialRefusal['code'], Pick<OfficialRefusal, 'retry' | 'message'>>> = {
  key_refused: {
    retry: 'never',
    message: { ko: '인증키가 거부되었습니다. 키를 확인하세요.', en: 'The key was refused. Check the key.' },
  },
  quota_exceeded: {
    retry: 'tomorrow',
    message: { ko: '오늘의 호출 한도를 모두 썼습니다.', en: 'The daily number of calls is used up.' },
  },
  bad_request: {
    retry: 'never',
    message: {
      ko: '요청을 이해하지 못했다는 답을 받았습니다.',
      en: 'The service did not accept the request.',
    },
  },
  source_error: {
    retry: 'soon',
    message: { ko: '공공데이터 서버에 오류가 있습니다.', en: 'The official service has an error.' },
  },
  html_page: {
    retry: 'never',
    message: {
      ko: '데이터 대신 웹 페이지를 받았습니다. 해외 주소는 차단될 수 있습니다.',
      en: 'A web page came instead of data. Addresses outside Korea may be blocked.',
    },
  },
  xml_data: {
    retry: 'never',
    message: {
      ko: 'XML 형식의 데이터입니다. JSON 형식으로 내려받으세요.',
      en: 'The data is XML. Download it as JSON.',
    },
  },
  rows_missing: {
    retry: 'soon',
    message: {
      ko: '행이 있다고 알렸지만 행이 들어 있지 않습니다. 다시 내려받으세요.',
      en: 'It announces rows and holds none. Download it again.',
    },
  },
  not_json: {
    retry: 'soon',
    message: { ko: 'JSON으로 읽을 수 없는 답입니다.', en: 'The answer is not JSON.' },
  },
  unknown_shape: {
    retry: 'never',
    message: { ko: '알려진 공공데이터 형식이 아닙니다.', en: 'Not a known official format.' },
  },
}

type Members = Readonly<Record<string, unknown>>

function members(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim().slice(0, 300) : ''

function refused(code: OfficialRefusal['code'], officialCode = '', officialMessage = ''): OfficialRefusal {
  return { kind: 'refused', code, officialCode, officialMessage, ...refusals[code] }
}

/** A code of 식품안전나라. INFO-200 (no rows) and INFO-000 are handled before. */
function foodSafetyRefusal(code: string, message: string): OfficialRefusal {
  if (code === 'INFO-100' || code === 'INFO-400') return refused('key_refused', code, message)
  if (code === 'INFO-300') return refused('quota_exceeded', code, message)
  if (/^ERROR-3\d\d$/u.test(code)) return refused('bad_request', code, message)
  return refused('source_error', code, message)
}

/** A result code of a data.go.kr service or of its gateway ("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"). */
function dataPortalRefusal(code: string, message: string): OfficialRefusal {
  const said = `${code} ${message}`
  if (/^(20|30|31|32|33)\b|SERVICE_?KEY|ACCESS_DENIED|DEADLINE_HAS_EXPIRED|UNREGISTERED_IP/iu.test(said)) {
    return refused('key_refused', code, message)
  }
  if (/^(21|22|23)\b|LIMITED_NUMBER/iu.test(said)) return refused('quota_exceeded', code, message)
  if (/^(10|11|12)\b|INVALID_REQUEST|NO_MANDATORY|NO_OPENAPI/iu.test(said)) {
    return refused('bad_request', code, message)
  }
  return refused('source_error', code, message)
}

/** Both gateways may answer in XML whatever was asked for. */
function xmlRefusal(text: string): OfficialRefusal {
  const tag = (name: string): string =>
    new RegExp(`<${name}>\\s*(?:<!\\[CDATA\\[)?([^<\\]]*)`, 'iu').exec(text)?.[1]?.trim().slice(0, 300) ?? ''
  const foodSafety = tag('CODE')
  if (/^(INFO|ERROR)-\d+$/u.test(foodSafety) && foodSafety !== 'INFO-000')
    return foodSafetyRefusal(foodSafety, tag('MSG'))
  const reason = tag('returnReasonCode') || tag('resultCode')
  // Data as it should be, only not in the form asked for.
  if (/^0{1,2}$/u.test(reason) || /<(row|item)\b/iu.test(text)) return refused('xml_data')
  if (reason !== '')
    return dataPortalRefusal(reason, tag('returnAuthMsg') || tag('resultMsg') || tag('errMsg'))
  return refused('not_json')
}

function fromText(text: string): OfficialRows | OfficialRefusal {
  const start = text.replace(/^[\ufeff\s]+/u, '')
  if (/^(<!doctype html|<html|<script|<head|<body)/iu.test(start)) return refused('html_page')
  if (start.startsWith('<')) return /<html[\s>]/iu.test(start) ? refused('html_page') : xmlRefusal(start)
  let parsed: unknown
  try {
    parsed = JSON.parse(start)
  } catch {
    return refused('not_json')
  }
  return typeof parsed === 'string' ? refused('unknown_shape') : envelopeOf(parsed)
}

function fromFoodSafety(service: Members): OfficialRows | OfficialRefusal {
  const result = members(service.RESULT)
  const code = textOf(result?.CODE)
  // Some tools that save answers rename the list.
  const rows = service.row ?? Object.values(service).find(Array.isArray) ?? []
  if (code === 'INFO-200') return { kind: 'rows', source: 'c003', total: 0, rows: [] }
  if (code !== '' && code !== 'INFO-000') return foodSafetyRefusal(code, textOf(result?.MSG))
  if (!Array.isArray(rows)) return refused('unknown_shape')
  return { kind: 'rows', source: 'c003', total: totalOf(service.total_count, rows.length), rows }
}

function fromDataPortal(header: Members, body: Members | null): OfficialRows | OfficialRefusal {
  const code = textOf(header.resultCode)
  if (code === '03') return { kind: 'rows', source: 'htfs', total: 0, rows: [] }
  if (code !== '00' && code !== '0') return dataPortalRefusal(code, textOf(header.resultMsg))
  // `items` is missing, null or '' without rows; a list of {item}, of bare rows, or {item: [...]} with them.
  const items = body?.items ?? Object.values(body ?? {}).find(Array.isArray) ?? ''
  const list = Array.isArray(items) ? items : (members(items)?.item ?? [])
  const rows: readonly unknown[] = Array.isArray(list) ? list : [list]
  const bare = rows.map((row) => members(row)?.item ?? row)
  return { kind: 'rows', source: 'htfs', total: totalOf(body?.totalCount, bare.length), rows: bare }
}

/** A count that came as number or text; what cannot be read is at least the rows at hand. */
function totalOf(count: unknown, atHand: number): number {
  const text = textOf(count)
  const total = /^\d{1,9}$/u.test(text) ? Number(text) : 0
  return Math.max(total, atHand)
}

/**
 * The same for an answer whose rows were read elsewhere: `read` of them. An answer that announces rows and brought none
 * is refused, so that a changed format cannot pass for an empty register.
 */
export function envelopeAround(answer: unknown, read: number): OfficialRows | OfficialRefusal {
  const opened = envelopeOf(answer)
  return opened.kind === 'rows' && opened.total > 0 && opened.rows.length + read === 0
    ? refused('rows_missing')
    : opened
}

/**
 * Opens an answer of either service, or a downloaded file of the same shape, given as text or as parsed JSON; a
 * bare list of rows is accepted too. No rows is `rows` with an empty list, never a refusal.
 */
export function envelopeOf(answer: unknown): OfficialRows | OfficialRefusal {
  if (typeof answer === 'string') return fromText(answer)
  if (Array.isArray(answer)) {
    const first = members(answer[0])
    const source = first !== null && ('STTEMNT_NO' in first || 'item' in first) ? 'htfs' : 'c003'
    return { kind: 'rows', source, total: answer.length, rows: answer }
  }
  const object = members(answer)
  if (object === null) return refused('unknown_shape')
  // data.go.kr wraps the same in {response: {...}} on some of its servers.
  const unwrapped = members(object.response) ?? object
  const header = members(unwrapped.header)
  if (header !== null) return fromDataPortal(header, members(unwrapped.body))
  const gateway = members(members(object.OpenAPI_ServiceResponse)?.cmmMsgHeader)
  if (gateway !== null) {
    return dataPortalRefusal(textOf(gateway.returnReasonCode), textOf(gateway.returnAuthMsg))
  }
  // The service's answer under its name (C003, or its sister register I0030 with the same fields), whatever stands
  // beside it, or saved alone.
  const named = Object.values(object).map(members)
  const service = named.find((each) => each !== null && ('RESULT' in each || 'total_count' in each))
  if (service) return fromFoodSafety(service)
  if ('RESULT' in object || 'total_count' in object || Array.isArray(object.row))
    return fromFoodSafety(object)
  return refused('unknown_shape')
}
