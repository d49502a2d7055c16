import type { ProblemCatalog } from '../platform/refusal.ts'

export const addressProblems = {
  address_book_full: {
    status: 409,
    title: {
      ko: '배송지는 20개까지 저장할 수 있습니다. 쓰지 않는 배송지를 삭제한 뒤 다시 시도해 주세요.',
      en: 'You can save up to 20 addresses. Remove one you do not need and try again.',
    },
  },
  address_saved_already: {
    status: 409,
    title: {
      ko: '똑같은 배송지가 이미 있습니다.',
      en: 'You have saved the same address already.',
    },
  },
} satisfies ProblemCatalog

export const identityProblems = {
  ...addressProblems,
  legal_text_changed: {
    status: 409,
    title: {
      ko: '그 사이 약관이 바뀌었습니다. 새 약관을 읽고 다시 동의해 주세요.',
      en: 'The terms have changed meanwhile. Please read and accept the new ones.',
    },
  },
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
  login_provider_unknown: {
    status: 404,
    title: {
      ko: '이 방법으로는 로그인할 수 없습니다. 다른 방법을 선택해 주세요.',
      en: 'This way of signing in is not offered. Please choose another one.',
    },
  },
  login_provider_unavailable: {
    status: 503,
    title: {
      ko: '지금은 그 로그인 서비스에 연결할 수 없습니다. 잠시 후 다시 시도하거나 다른 방법으로 로그인해 주세요.',
      en: 'That login service cannot be reached at the moment. Please try again shortly, or sign in another way.',
    },
  },
  login_cancelled: {
    status: 422,
    title: {
      ko: '로그인을 취소하셨습니다. 원하시면 다시 시도해 주세요.',
      en: 'You cancelled the login. Please try again if you like.',
    },
  },
  login_not_proved: {
    status: 422,
    title: {
      ko: '로그인을 마치지 못했습니다. 처음부터 다시 시도해 주세요.',
      en: 'The login could not be completed. Please start it again.',
    },
  },
  login_already_linked: {
    status: 409,
    title: {
      ko: '이미 다른 회원 계정에 연결된 로그인입니다. 그 방법으로 바로 로그인할 수 있습니다.',
      en: 'This login already belongs to an account. You can sign in with it right away.',
    },
  },
  provider_already_linked: {
    status: 409,
    title: {
      ko: '이 계정에는 같은 서비스의 다른 로그인이 이미 연결되어 있습니다. 먼저 연결을 해제해 주세요.',
      en: 'The account already has another login of this service. Please disconnect that one first.',
    },
  },
  last_administrator: {
    status: 409,
    title: {
      ko: '마지막 관리자의 권한은 뺄 수 없습니다. 먼저 다른 관리자를 정해 주세요.',
      en: 'The last administrator stays one. Please name another administrator first.',
    },
  },
  last_way_in: {
    status: 409,
    title: {
      ko: '하나 남은 로그인 방법은 해제할 수 없습니다. 먼저 비밀번호를 만들거나 다른 로그인을 연결해 주세요.',
      en: 'The last way to sign in cannot be removed. Please set a password or connect another login first.',
    },
  },
  fresh_login_needed: {
    status: 403,
    title: {
      ko: '다시 로그인한 뒤 10분 안에 탈퇴해 주세요.',
      en: 'Please log in again, and close your account within 10 minutes of that.',
    },
  },
  password_needed: {
    status: 409,
    title: {
      ko: '아직 비밀번호가 없습니다. "비밀번호 찾기"로 먼저 비밀번호를 만들어 주세요.',
      en: 'You have no password yet. Please set one first by “Forgot your password?”.',
    },
  },
  ticket_invalid: {
    status: 422,
    title: {
      ko: '가입 시간이 지났습니다. 로그인부터 다시 시작해 주세요.',
      en: 'The time to sign up is over. Please start again with the login.',
    },
  },
} satisfies ProblemCatalog
