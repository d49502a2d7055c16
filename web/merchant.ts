/** What the law wants to be said of the seller on every page. What is not known is left out. */
export interface Merchant {
  readonly name: string
  readonly representative?: string
  /** 사업자등록번호 */
  readonly registration?: string
  /** 통신판매업 신고번호 */
  readonly mailOrder?: string
  /** 건강기능식품판매업 신고번호 */
  readonly functionalFood?: string
  readonly address?: string
  readonly phone?: string
  readonly email?: string
}

/** Invented, for the demo; a shop of one's own sets MERCHANT. */
export const DEMO_MERCHANT: Merchant = {
  name: '필리버리(시연)',
  representative: '홍길동',
  registration: '000-00-00000',
  mailOrder: '제0000-서울중구-00000호',
  functionalFood: '제0000-0000000호',
  address: '서울특별시 중구 세종대로 110',
  phone: '1588-0000',
  email: 'help@pillivery.example',
}

const FIELDS = [
  'representative',
  'registration',
  'mailOrder',
  'functionalFood',
  'address',
  'phone',
  'email',
] as const

/** Reads the setting. @throws Error in words for the terminal */
export function parseMerchant(text: string): Merchant {
  const given = jsonObject(text)
  const { name } = given
  if (typeof name !== 'string' || name === '') throw new Error('must be JSON with at least a "name"')
  const known: readonly string[] = ['name', ...FIELDS]
  const wrong = Object.entries(given).find(
    ([key, value]) => !known.includes(key) || typeof value !== 'string',
  )
  if (wrong) throw new Error(`"${wrong[0]}" is not known, or not a text`)
  const told = FIELDS.flatMap((key): [string, string][] => {
    const value = given[key]
    return typeof value === 'string' && value !== '' ? [[key, value]] : []
  })
  return { name, ...Object.fromEntries(told) }
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}
