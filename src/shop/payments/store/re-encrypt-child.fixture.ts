/** A process of its own that encrypts tokens anew, a few at a time: `node re-encrypt-child.fixture.ts URL KEYS`. */
import { createCipher } from '../../../platform/cipher.ts'
import { openDatabase } from '../../../platform/database/database.ts'
import { reEncryptTokens } from './re-encrypt-tokens.ts'

const [url = '', keys = ''] = process.argv.slice(2)
const { db } = openDatabase({ url, poolSize: 2, statementTimeoutMs: 10_000 })
await reEncryptTokens(
  { db, cipher: createCipher(keys) },
  { batch: 5, onProgress: (done) => console.log(done) },
)
console.log('complete')
