import { hkdfSync, type KeyObject } from 'node:crypto'
import { createSigner, type Signer } from '../../platform/signer.ts'
import type { SigningKeys } from './keys.ts'

/**
 * Keys for one purpose, from those of access tokens, and in their order: while these are exchanged, what a process with
 * the old order made is understood by one with the new order.
 */
export function keysFor({ privateKey, former }: SigningKeys, purpose: string): [Buffer, ...Buffer[]] {
  const derived = (key: KeyObject) => {
    const secret = key.export({ type: 'pkcs8', format: 'der' })
    return Buffer.from(hkdfSync('sha256', secret, '', `identity:${purpose}`, 32))
  }
  return [derived(privateKey), ...former.map(derived)]
}

/** Signs for browsers. @param purpose of its keys; it is bound to `name` besides */
export function signerFor(keys: SigningKeys, purpose: string, name: string): Signer {
  const texts = keysFor(keys, purpose).map((key) => key.toString('base64url'))
  return createSigner(texts.join(','), name)
}
