import { generateKeyPairSync, randomBytes } from 'node:crypto'

/** Secrets of an installation that nobody uses but one proof. */
export interface Secrets {
  JWT_PRIVATE_KEY: string
  PAYMENT_TOKEN_KEY: string
  KAKAOPAY_SECRET_KEY: string
  METRICS_TOKEN: string
  SERVICE_TOKEN: string
  AUDIT_KEY: string
}

export function newSecrets(): Secrets {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  return {
    JWT_PRIVATE_KEY: pem.toString(),
    PAYMENT_TOKEN_KEY: randomBytes(32).toString('base64url'),
    KAKAOPAY_SECRET_KEY: `PRD${randomBytes(10).toString('hex').toUpperCase()}`,
    METRICS_TOKEN: randomBytes(24).toString('hex'),
    SERVICE_TOKEN: randomBytes(32).toString('hex'),
    AUDIT_KEY: randomBytes(32).toString('base64url'),
  }
}

/** Settings of production that are no secrets. Its addresses lead nowhere: no proof pays. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://shop.example',
  KAKAOPAY_CID: 'CA12345678',
  KAKAOPAY_SUBSCRIPTION_CID: 'CA87654321',
  KAKAOPAY_BASE_URL: 'https://provider.invalid',
  MERCHANT:
    '{"name":"한빛건강","representative":"김한빛","registration":"123-45-67891","mailOrder":"제2026-서울중구-00001호","functionalFood":"제2026-0000001호","address":"서울특별시 중구 세종대로 110","phone":"02-123-4567","email":"help@shop.kr","hosting":"한빛건강","escrow":"KB국민은행 구매안전서비스"}',
} as const
