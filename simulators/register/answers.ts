import type { Source } from './faults.ts'
import type { Row } from './rows.ts'

/** What was asked for: `size` rows from the row `from` on, counted from 1. */
export interface Asked {
  readonly source: Source
  readonly key: string
  readonly from: number
  readonly size: number
}

/** An answer as the real services write it. */
export const answerOf = (source: Source, rows: readonly Row[], total: number, asked: Asked): object =>
  source === 'c003' ? c003Answer(rows, total) : htfsAnswer(rows, total, asked)

function c003Answer(rows: readonly Row[], total: number): object {
  if (rows.length === 0) return c003Says('INFO-200', '해당하는 데이터가 없습니다.')
  const RESULT = { MSG: '정상처리되었습니다.', CODE: 'INFO-000' }
  return { C003: { total_count: String(total), row: rows, RESULT } }
}

function htfsAnswer(rows: readonly Row[], total: number, { from, size }: Asked): object {
  const body = { pageNo: Math.floor((from - 1) / size) + 1, numOfRows: size, totalCount: total }
  return {
    header: { resultCode: '00', resultMsg: 'NORMAL SERVICE.' },
    body: rows.length === 0 ? body : { ...body, items: rows.map((item) => ({ item })) },
  }
}

const c003Says = (CODE: string, MSG: string) => ({ C003: { total_count: '0', RESULT: { MSG, CODE } } })
const portalSays = (resultCode: string, resultMsg: string) => ({ header: { resultCode, resultMsg } })

/** How each service says no, with status 200. */
export const REFUSALS = {
  bad_key: {
    c003: { RESULT: { MSG: '인증키가 유효하지 않습니다.', CODE: 'INFO-100' } },
    htfs: portalSays('30', 'SERVICE_KEY_IS_NOT_REGISTERED_ERROR'),
  },
  quota: {
    c003: c003Says('INFO-300', '유효 호출건수를 이미 초과하셨습니다.'),
    htfs: portalSays('22', 'LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR'),
  },
  bad_request: {
    c003: c003Says('ERROR-336', '데이터요청은 한번에 최대 1000건을 넘을 수 없습니다.'),
    htfs: portalSays('10', 'INVALID_REQUEST_PARAMETER_ERROR'),
  },
  server_error: {
    c003: c003Says('ERROR-500', '서버 오류입니다.'),
    htfs: portalSays('04', 'HTTP_ERROR'),
  },
  no_data: {
    c003: c003Says('INFO-200', '해당하는 데이터가 없습니다.'),
    htfs: portalSays('03', 'NODATA_ERROR'),
  },
} as const satisfies Record<string, Record<Source, object>>

export const HTML_PAGE =
  '<!DOCTYPE html><html lang="ko"><head><title>서비스 점검</title></head><body>접속이 제한되었습니다.</body></html>'

export const XML_ANSWER =
  '<?xml version="1.0" encoding="UTF-8"?><C003><total_count>1</total_count><row id="0"><PRDLST_NM>시험</PRDLST_NM></row><RESULT><MSG>정상처리되었습니다.</MSG><CODE>INFO-000</CODE></RESULT></C003>'
