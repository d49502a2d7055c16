import { businessNumberIn } from '../src/platform/text/business-number.ts'

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
  /** 호스팅 서비스 제공자 */
  readonly hosting?: string
  /** 구매안전서비스 (결제대금예치, 소비자피해보상보험): by whom, and what it is */
  readonly escrow?: string
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
  hosting: '필리버리(시연)',
  escrow: '시연용 상점이므로 실제로 결제되지 않습니다',
}

const FIELDS = [
  'representative',
  'registration',
  'mailOrder',
  'functionalFood',
  'address',
  'phone',
  'email',
  'hosting',
  'escrow',
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

/**
 * What the law wants every page of a real shop to say (전자상거래법 art. 10 and 13, 건강기능식품법 art. 6), and it does not.
 * @param text of the setting, which can be read
 */
export function lackOfMerchant(text: string): string | undefined {
  const said = jsonObject(text)
  const missing = FIELDS.filter((key) => typeof said[key] !== 'string' || said[key] === '')
  if (missing.length > 0) return `lacks ${missing.join(', ')}, which the law wants on every page`
  if (typeof said.registration === 'string' && businessNumberIn(said.registration) === undefined)
    return `"registration" is no business registration number`
  if (typeof said.phone === 'string' && !/^[\d-]{8,14}$/.test(said.phone))
    return '"phone" is no telephone number'
  if (typeof said.email === 'string' && (!said.email.includes('@') || said.email.endsWith('.example')))
    return '"email" is no address of yours'
  return undefined
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}
