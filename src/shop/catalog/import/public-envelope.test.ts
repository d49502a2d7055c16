import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { envelopeOf } from './public-envelope.ts'

const c003 = (code: string, more: object = {}) => ({
  C003: { ...more, RESULT: { CODE: code, MSG: '메시지' } },
})
const htfs = (resultCode: string, body?: object) => ({ header: { resultCode, resultMsg: 'MSG' }, body })
const gatewayXml = (code: string, reason: string) =>
  `<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>${reason}</returnAuthMsg><returnReasonCode>${code}</returnReasonCode></cmmMsgHeader></OpenAPI_ServiceResponse>`

describe('rows', () => {
  test.each<[string, unknown, object]>([
    [
      'C003',
      c003('INFO-000', { total_count: '46066', row: [{ a: 1 }] }),
      { source: 'c003', total: 46_066, rows: [{ a: 1 }] },
    ],
    ['C003 without rows', c003('INFO-200'), { source: 'c003', total: 0, rows: [] }],
    [
      'INFO-200 at the top',
      { RESULT: { CODE: 'INFO-200', MSG: '해당하는 데이터가 없습니다.' } },
      { total: 0, rows: [] },
    ],
    [
      'Htfs, wrapped items',
      htfs('00', { totalCount: 9, items: [{ item: { a: 1 } }] }),
      { source: 'htfs', total: 9, rows: [{ a: 1 }] },
    ],
    ['Htfs, bare items', htfs('00', { totalCount: '9', items: [{ a: 1 }] }), { total: 9, rows: [{ a: 1 }] }],
    [
      'Htfs, one item',
      htfs('00', { totalCount: 1, items: { item: { a: 1 } } }),
      { total: 1, rows: [{ a: 1 }] },
    ],
    [
      'Htfs, item list',
      htfs('00', { items: { item: [{ a: 1 }, { a: 2 }] } }),
      { total: 2, rows: [{ a: 1 }, { a: 2 }] },
    ],
    ['Htfs, items missing', htfs('00', { totalCount: 0 }), { total: 0, rows: [] }],
    ['Htfs, items blank', htfs('00', { totalCount: 0, items: '' }), { total: 0, rows: [] }],
    ['Htfs, no data', htfs('03'), { total: 0, rows: [] }],
    ['Htfs, wrapped response', { response: htfs('00', { items: [{ a: 1 }] }) }, { rows: [{ a: 1 }] }],
    ['a bare list', [{ PRDLST_REPORT_NO: '1' }], { source: 'c003', total: 1 }],
    ['a bare list of the other', [{ STTEMNT_NO: '1' }], { source: 'htfs', total: 1 }],
    ['an empty list', [], { total: 0, rows: [] }],
  ])('%s, parsed and as text', (_what, answer, expected) => {
    expect(envelopeOf(answer)).toMatchObject({ kind: 'rows', ...expected })
    expect(envelopeOf(`\ufeff ${JSON.stringify(answer)}`)).toMatchObject({ kind: 'rows', ...expected })
  })
})

describe('refusals', () => {
  test.each<[string, unknown, string, string]>([
    ['bad key', c003('INFO-100'), 'key_refused', 'never'],
    ['bad key at the top', { RESULT: { CODE: 'INFO-100', MSG: 'x' } }, 'key_refused', 'never'],
    ['no permission', c003('INFO-400'), 'key_refused', 'never'],
    ['daily limit', c003('INFO-300'), 'quota_exceeded', 'tomorrow'],
    ['over 1000 rows', c003('ERROR-336'), 'bad_request', 'never'],
    ['server error', c003('ERROR-500'), 'source_error', 'soon'],
    ['overload', { RESULT: { CODE: 'ERROR-503', MSG: 'x' } }, 'source_error', 'soon'],
    ['SQL error', c003('ERROR-601'), 'source_error', 'soon'],
    [
      'XML of 식품안전나라',
      '<?xml version="1.0"?><RESULT><CODE>INFO-100</CODE><MSG><![CDATA[인증키가 유효하지 않습니다]]></MSG></RESULT>',
      'key_refused',
      'never',
    ],
    ['Htfs quota', htfs('22'), 'quota_exceeded', 'tomorrow'],
    ['Htfs request', htfs('10'), 'bad_request', 'never'],
    ['Htfs error', htfs('99'), 'source_error', 'soon'],
    ['gateway key', gatewayXml('30', 'SERVICE_KEY_IS_NOT_REGISTERED_ERROR'), 'key_refused', 'never'],
    [
      'gateway quota',
      gatewayXml('22', 'LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR'),
      'quota_exceeded',
      'tomorrow',
    ],
    [
      'gateway as JSON',
      {
        OpenAPI_ServiceResponse: {
          cmmMsgHeader: { returnReasonCode: '20', returnAuthMsg: 'SERVICE_ACCESS_DENIED_ERROR' },
        },
      },
      'key_refused',
      'never',
    ],
    ['an HTML page', '\n<!DOCTYPE html><html><body>차단</body></html>', 'html_page', 'never'],
    ['a script page', '<script>location.href="/"</script>', 'html_page', 'never'],
    ['cut JSON', '{"C003":{"row":[{', 'not_json', 'soon'],
    ['nothing', '', 'not_json', 'soon'],
    ['other XML', '<a/>', 'not_json', 'soon'],
    ['JSON text', '"x"', 'unknown_shape', 'never'],
    ['another service', { I0030: { row: [] } }, 'unknown_shape', 'never'],
    ['rows that are no list', c003('INFO-000', { row: { a: 1 } }), 'unknown_shape', 'never'],
    ['a number', 7, 'unknown_shape', 'never'],
    ['null', null, 'unknown_shape', 'never'],
  ])('%s', (_what, answer, code, retry) => {
    expect(envelopeOf(answer)).toMatchObject({ kind: 'refused', code, retry })
  })

  test('carries the official words along', () => {
    expect(envelopeOf(c003('ERROR-500'))).toMatchObject({
      officialCode: 'ERROR-500',
      officialMessage: '메시지',
    })
    expect(envelopeOf(gatewayXml('30', 'X_ERROR'))).toMatchObject({
      officialCode: '30',
      officialMessage: 'X_ERROR',
    })
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.jsonValue()), (answer) => {
        expect(['rows', 'refused']).toContain(envelopeOf(answer).kind)
      }),
    )
  })
})
