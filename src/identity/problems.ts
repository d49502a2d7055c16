import type { ProblemCatalog } from '../platform/refusal.ts'

export const identityProblems: ProblemCatalog = {
  already_taken: {
    status: 409,
    title: { ko: '이미 사용 중인 정보가 있습니다.', en: 'Something you entered is already in use.' },
  },
  wrong_credentials: {
    status: 401,
    title: {
      ko: '이메일 또는 비밀번호가 올바르지 않습니다.',
      en: 'The e-mail address or the password is not right.',
    },
  },
  wrong_password: {
    status: 422,
    title: { ko: '현재 비밀번호가 올바르지 않습니다.', en: 'The current password is not right.' },
  },
  already_verified: {
    status: 409,
    title: {
      ko: '이미 확인된 이메일입니다.',
      en: 'Your e-mail address has been verified already.',
    },
  },
  link_invalid: {
    status: 422,
    title: {
      ko: '사용할 수 없는 링크입니다. 이미 사용했거나 만료되었을 수 있으니 새 링크를 요청해 주세요.',
      en: 'This link cannot be used: it may have been used already or be too old. Please ask for a new one.',
    },
  },
  session_ended: {
    status: 401,
    title: {
      ko: '로그인이 만료되었습니다. 다시 로그인해 주세요.',
      en: 'Your session has ended. Please sign in again.',
    },
  },
}
