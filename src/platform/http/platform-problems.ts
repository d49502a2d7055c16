import type { ProblemCatalog } from '../refusal.ts'

/** Problems every route may answer with, whatever the context. */
export const platformProblems = {
  invalid_request: {
    status: 400,
    title: { ko: '요청 형식이 올바르지 않습니다.', en: 'The request is not valid.' },
  },
  malformed_body: {
    status: 400,
    title: { ko: '요청 본문을 읽을 수 없습니다.', en: 'The request body cannot be read.' },
  },
  idempotency_key_required: {
    status: 400,
    title: {
      ko: 'Idempotency-Key 헤더(16~128자)가 필요합니다.',
      en: 'An Idempotency-Key header of 16 to 128 characters is required.',
    },
  },
  idempotency_key_reused: {
    status: 422,
    title: {
      ko: '같은 Idempotency-Key가 다른 내용의 요청에 이미 사용되었습니다.',
      en: 'This Idempotency-Key was used for a different request.',
    },
  },
  request_in_progress: {
    status: 409,
    title: { ko: '같은 요청을 처리하고 있습니다.', en: 'The same request is being processed.' },
  },
  not_signed_in: { status: 401, title: { ko: '로그인이 필요합니다.', en: 'Please sign in.' } },
  token_expired: { status: 401, title: { ko: '로그인이 만료되었습니다.', en: 'Your sign-in has expired.' } },
  not_allowed: { status: 403, title: { ko: '권한이 없습니다.', en: 'You are not allowed to do this.' } },
  not_found: { status: 404, title: { ko: '찾을 수 없습니다.', en: 'Not found.' } },
  method_not_allowed: {
    status: 405,
    title: { ko: '지원하지 않는 요청 방식입니다.', en: 'Method not allowed.' },
  },
  body_too_large: { status: 413, title: { ko: '요청이 너무 큽니다.', en: 'The request is too large.' } },
  duplicate_member: {
    status: 400,
    title: {
      ko: '요청 본문에 같은 항목이 두 번 있습니다.',
      en: 'A field stands twice in the request body.',
    },
  },
  host_required: {
    status: 400,
    title: { ko: 'Host 헤더가 필요합니다.', en: 'A Host header is required.' },
  },
  unsupported_charset: {
    status: 415,
    title: { ko: '본문의 문자 집합은 UTF-8이어야 합니다.', en: 'The charset of the body must be UTF-8.' },
  },
  unsupported_content_encoding: {
    status: 415,
    title: {
      ko: '압축한 본문은 받을 수 없습니다. Content-Encoding 없이 보내 주세요.',
      en: 'Compressed bodies are not accepted. Send the body without Content-Encoding.',
    },
  },
  unsupported_media_type: {
    status: 415,
    title: { ko: 'application/json 형식만 받을 수 있습니다.', en: 'Only application/json is accepted.' },
  },
  too_many_requests: {
    status: 429,
    title: {
      ko: '요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.',
      en: 'Too many requests. Please try again shortly.',
    },
  },
  internal_error: {
    status: 500,
    title: { ko: '일시적인 오류가 발생했습니다.', en: 'Something went wrong on our side.' },
  },
  temporarily_unavailable: {
    status: 503,
    title: {
      ko: '지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.',
      en: 'Temporarily unavailable. Please try again shortly.',
    },
  },
} satisfies ProblemCatalog
