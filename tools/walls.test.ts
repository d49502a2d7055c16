import { describe, expect, it } from 'vitest'
import { breachesOf, checkWalls } from './walls.ts'

const rulesBroken = (file: string, source: string) => breachesOf(file, source).map((breach) => breach.rule)

describe('the import walls', () => {
  it('stand in today’s sources', () => {
    const { files, breaches } = checkWalls()
    expect(files).toBeGreaterThan(100)
    expect(breaches).toEqual([])
  })

  it('see a deliberate breach of every kind', () => {
    expect(rulesBroken('src/platform/http/x.ts', "import { y } from '../../identity/index.ts'")).toEqual([
      'imports run from main towards platform',
    ])
    expect(rulesBroken('src/shop/orders/x.ts', "import { y } from '../catalog/stock.ts'")).toEqual([
      'another context only through src/shop/catalog/index.ts',
    ])
    expect(rulesBroken('src/shop/orders/x.ts', "export * from '../../services/index.ts'")).toEqual([
      'imports run from main towards platform',
    ])
    expect(
      rulesBroken('src/shop/orders/x.ts', "const y = await import('../../../simulators/bank/server.ts')"),
    ).toEqual(['sources do not import tests, simulators or tools'])
    expect(rulesBroken('src/shop/orders/x.ts', "import { y } from './orders.fixture.ts'")).toEqual([
      'sources do not import what is only for tests',
    ])
    expect(rulesBroken('src/shop/orders/x.test.ts', "import { y } from './orders.fixture.ts'")).toEqual([])
    expect(rulesBroken('simulators/bank/x.ts', "import '../../src/platform/ids.ts'")).toEqual([
      'simulators are the outside world',
    ])
    expect(rulesBroken('src/shop/payments/rules/attempt.ts', "import { sql } from 'kysely'")).toEqual([
      'files of rules import only other rules',
    ])
    expect(rulesBroken('src/shop/payments/rules/attempt.ts', "import { x } from './store.ts'")).toEqual([
      'files of rules import only other rules',
    ])
  })

  it('let types, faces and tests through', () => {
    expect(
      rulesBroken(
        'src/shop/payments/rules/attempt.ts',
        "import type { Tx } from '../../../platform/database/database.ts'",
      ),
    ).toEqual([])
    expect(rulesBroken('src/shop/orders/x.ts', "import { y } from '../catalog/index.ts'")).toEqual([])
    expect(rulesBroken('src/shop/orders/x.db.test.ts', "import { y } from '../catalog/stock.ts'")).toEqual([])
  })
})
