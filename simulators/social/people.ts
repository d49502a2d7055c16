/** The providers that are played. */
export const BRANDS = ['google', 'kakao', 'naver'] as const
export type Brand = (typeof BRANDS)[number]

/** What somebody may keep to themselves when a provider asks whether it may be passed on. */
export const ITEMS = ['email', 'phone', 'name'] as const
export type Item = (typeof ITEMS)[number]

/** Somebody with an account at a provider. */
export interface Person {
  /** The provider's name for them: digits at Google and Kakao, letters and digits at Naver. */
  id: string
  name: string
  email: string
  /** Whether the provider has made sure of it. Naver never says. */
  emailVerified: boolean
  /** Mobile number, digits only. */
  phone: string
}

/** Demo people of each provider. */
export const PEOPLE: Readonly<Record<Brand, readonly Person[]>> = {
  google: [
    {
      id: '108123456789012345671',
      name: '김구글',
      email: 'kim.google@example.com',
      emailVerified: true,
      phone: '01020003001',
    },
    {
      id: '108123456789012345672',
      name: 'Mary Jane Watson',
      email: 'mary.watson@example.com',
      emailVerified: true,
      phone: '01020003002',
    },
  ],
  kakao: [
    {
      id: '3300112233',
      name: '이카카',
      email: 'lee.kakao@example.com',
      emailVerified: true,
      phone: '01020004001',
    },
    {
      id: '3300112234',
      name: '박미확인',
      email: 'park.unverified@example.com',
      emailVerified: false,
      phone: '01020004002',
    },
  ],
  naver: [
    {
      id: 'bW9ja25hdmVyLWlkLW9mLWNob2ktbmFldmVyLTAwMDE',
      name: '최네버',
      email: 'choi.naver@example.com',
      emailVerified: false,
      phone: '01020005001',
    },
    {
      id: 'bW9ja25hdmVyLWlkLW9mLWp1bmctbmFldmVyLTAwMDI',
      name: '정이웃',
      email: 'jung.naver@example.com',
      emailVerified: false,
      phone: '01020005002',
    },
  ],
}

/** `+82 10-1234-5678`, as Kakao writes mobile numbers. */
export function kakaoPhone(phone: string): string {
  return `+82 ${phone.slice(1, 3)}-${phone.slice(3, -4)}-${phone.slice(-4)}`
}

/** `010-1234-5678`, as Naver writes them. */
export function naverPhone(phone: string): string {
  return `${phone.slice(0, 3)}-${phone.slice(3, -4)}-${phone.slice(-4)}`
}
