/** How long the law wants records to be kept, as data; by the end of these terms they go. */
import type { Text } from '../refusal.ts'

interface LegalTerm {
  term: Temporal.Duration
  basis: Text
}

/** 전자상거래 등에서의 소비자보호에 관한 법률 시행령 제6조 제1항. */
const COMMERCE = {
  ko: '전자상거래법 시행령 제6조',
  en: 'Enforcement Decree of the Act on Consumer Protection in Electronic Commerce, art. 6',
}

/** No. 2 and 3: contracts and their withdrawal, payment and supply. */
export const CONTRACTS: LegalTerm = {
  term: Temporal.Duration.from({ years: 5 }),
  basis: {
    ko: `${COMMERCE.ko}: 계약·청약철회·대금결제·공급`,
    en: `${COMMERCE.en}: contracts, payment, supply`,
  },
}

/** No. 4: complaints and disputes of consumers. */
export const COMPLAINTS: LegalTerm = {
  term: Temporal.Duration.from({ years: 3 }),
  basis: { ko: `${COMMERCE.ko}: 소비자 불만·분쟁처리`, en: `${COMMERCE.en}: complaints and disputes` },
}

/** No. 1: labels and advertisements. */
export const ADVERTISING: LegalTerm = {
  term: Temporal.Duration.from({ months: 6 }),
  basis: { ko: `${COMMERCE.ko}: 표시·광고`, en: `${COMMERCE.en}: labels and advertisements` },
}

/** 통신비밀보호법 시행령 제41조 제2항 제2호: log records of computer communication. */
export const ACCESS_LOGS: LegalTerm = {
  term: Temporal.Duration.from({ months: 3 }),
  basis: {
    ko: '통신비밀보호법 시행령 제41조: 접속 기록',
    en: 'Enforcement Decree of the Protection of Communications Secrets Act, art. 41: access logs',
  },
}
