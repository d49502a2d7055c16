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
  session_ended: {
    status: 401,
    title: {
      ko: '로그인이 만료되었습니다. 다시 로그인해 주세요.',
      en: 'Your session has ended. Please sign in again.',
    },
  },
}
