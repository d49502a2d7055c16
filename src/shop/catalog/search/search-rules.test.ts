import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { storedSearchDocument } from './search-encoding.ts'
import { searchRulesVersion } from './search-rules.ts'
import { synonymGroups } from './synonyms.ts'

/** Fingerprints of the documents of each version of the rules. */
const fingerprints: Readonly<Record<number, string>> = {
  1: 'f67b5e4170b2ce3c995cd1e5fc376eae',
  2: 'ffa0f120ce30fb20acfe52dc489af951',
}

it('raises the version of the search rules whenever stored documents would differ', () => {
  const names = [
    ...synonymGroups.flat(),
    '고려 홍삼정 골드 30포',
    '값진 꿀 비타민C 1,000㎎',
    'Omega-3 MAX（오메가３）',
    '뼈엔 칼슘 & 마그네슘',
  ]
  const documents = names.map((name) =>
    storedSearchDocument({ name, enterprise: '(주)고려인삼과학주식회사' }),
  )
  const fingerprint = createHash('sha256').update(documents.join('\n')).digest('hex').slice(0, 32)
  // Red? Raise searchRulesVersion and add the new fingerprint here; stored documents are then rebuilt by themselves.
  expect(fingerprints[searchRulesVersion]).toBe(fingerprint)
})
