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
} as const
