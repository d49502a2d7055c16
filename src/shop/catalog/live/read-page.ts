import { Buffer } from 'node:buffer'
import type { Text } from '../../../platform/refusal.ts'
import type { WireResult } from '../../../platform/resilience/wire.ts'
import type { OfficialRefusal } from '../import/public-envelope.ts'
import { type FileRow, readOfficialRows } from '../import/read-json-file.ts'
import { DAMAGED_LETTER } from '../import/utf8-reader.ts'

/** One page of a register. */
export interface Page {
  readonly kind: 'page'
  readonly rows: readonly FileRow[]
  /** Rows the register says it has over all pages; 0 when it says it has none. */
  readonly total: number
}

/** An answer that is no page. */
export interface Trouble {
  readonly kind: 'trouble'
  readonly code: string
  readonly message: Text
  /** `soon` = with back-off, `tomorrow` = daily quota, `never` = until somebody changes something. */
  readonly retry: OfficialRefusal['retry']
}

const TROUBLES = {
  unreachable: { ko: '공공데이터 서버에 연결할 수 없습니다.', en: 'The official service cannot be reached.' },
  certificate: {
    ko: '공공데이터 서버의 인증서를 확인할 수 없습니다.',
    en: 'The certificate of the official service cannot be trusted.',
  },
  too_slow: { ko: '제때 답이 오지 않았습니다.', en: 'No complete answer came in time.' },
  cut_off: { ko: '답이 중간에서 끊겼습니다.', en: 'The answer broke off.' },
  too_large: { ko: '답이 너무 커서 읽지 않았습니다.', en: 'The answer is too large and was not read.' },
  redirected: {
    ko: '다른 주소로 가라는 답을 받았습니다. 따르지 않습니다.',
    en: 'The service sends elsewhere, which is not followed.',
  },
  too_many_calls: {
    ko: '호출이 너무 잦다는 답을 받았습니다.',
    en: 'The service says that calls come too fast.',
  },
  service_error: { ko: '공공데이터 서버에 오류가 있습니다.', en: 'The official service has an error.' },
  key_refused: { ko: '인증키가 거부되었습니다. 키를 확인하세요.', en: 'The key was refused. Check the key.' },
  not_accepted: {
    ko: '요청을 받아들이지 않는다는 답을 받았습니다.',
    en: 'The service did not accept the request.',
  },
  short_page: { ko: '알린 것보다 적은 행이 왔습니다.', en: 'Fewer rows came than were announced.' },
  more_rows: { ko: '요청한 것보다 많은 행이 왔습니다.', en: 'More rows came than were asked for.' },
  same_page: {
    ko: '앞과 똑같은 행이 다시 왔습니다.',
    en: 'The same rows came again instead of the next ones.',
  },
  damaged_page: { ko: '행이 대부분 손상되어 있습니다.', en: 'Most rows of the page are damaged.' },
} as const

const RETRY = {
  certificate: 'never',
  too_large: 'never',
  redirected: 'never',
  key_refused: 'never',
  not_accepted: 'never',
  more_rows: 'never',
} as const satisfies Partial<Record<keyof typeof TROUBLES, OfficialRefusal['retry']>>

/** One of the troubles that are seen without the service's words. */
export function trouble(code: keyof typeof TROUBLES, status?: number): Trouble {
  const { ko, en } = TROUBLES[code]
  const said = status === undefined ? '' : ` (HTTP ${status})`
  const retry = code in RETRY ? 'never' : 'soon'
  return { kind: 'trouble', code, message: { ko: ko + said, en: en + said }, retry }
}

/** What came back from a register: a page, or why it is none. Rows that are damaged by themselves are rows of the page. */
export async function readPage(result: WireResult): Promise<Page | Trouble> {
  switch (result.kind) {
    case 'not_sent':
      return trouble(result.reason === 'tls' ? 'certificate' : 'unreachable')
    case 'no_answer': {
      const { reason } = result
      if (reason === 'too_large') return trouble('too_large')
      return trouble(reason === 'timeout' ? 'too_slow' : 'cut_off')
    }
    case 'answered': {
      const { status, bodyText } = result
      if (status === 200) return readBody(bodyText)
      if (status >= 300 && status < 400) return trouble('redirected', status)
      // Behind a status, too, the services say more precisely what they do not like.
      const said = await readBody(bodyText)
      if (said.kind === 'trouble' && PRECISE.has(said.code)) return said
      return byStatus(status)
    }
  }
}

const PRECISE: ReadonlySet<string> = new Set(['key_refused', 'quota_exceeded', 'bad_request'])

function byStatus(status: number): Trouble {
  if (status === 429) return trouble('too_many_calls', status)
  if (status >= 500) return trouble('service_error', status)
  return trouble(status === 401 || status === 403 ? 'key_refused' : 'not_accepted', status)
}

async function readBody(bodyText: string): Promise<Page | Trouble> {
  const rows: FileRow[] = []
  let total = 0
  // What is no UTF-8 was decoded to this mark; the reader knows damaged letters by its own.
  const bytes = Buffer.from(bodyText.replaceAll('\ufffd', DAMAGED_LETTER))
  for await (const found of readOfficialRows(piecesOf(bytes))) {
    if (found.kind === 'row') rows.push(found)
    else if (found.kind === 'announced') total = Math.max(total, found.total)
    else return { kind: 'trouble', code: found.code, message: found.message, retry: found.retry }
  }
  return { kind: 'page', rows, total: Math.max(total, rows.length) }
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
