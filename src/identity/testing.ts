import { generateKeyPairSync } from 'node:crypto'

/** A fresh Ed25519 private key in PEM form. */
export function generateKeyPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
