import { globSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readHomes } from './schemas.ts'
import { STAIRS, stepOf } from './stairs.ts'
import { breachesOf, checkWalls, fullFolders, MOST_FILES, strangeTables } from './walls.ts'

const ROOT = join(import.meta.dirname, '..')

const rulesBroken = (file: string, source: string) => breachesOf(file, source).map((breach) => breach.rule)

describe('the walls', () => {
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
    expect(rulesBroken('src/cli/serve.ts', "import { y } from '../../simulation/world.ts'")).toEqual([
      'only the command that starts it imports the simulation',
    ])
    expect(rulesBroken('src/shop/orders/x.ts', "import { y } from './orders.fixture.ts'")).toEqual([
      'sources do not import what is only for tests',
    ])
    expect(rulesBroken('src/shop/orders/x.test.ts', "import { y } from './orders.fixture.ts'")).toEqual([])
    expect(rulesBroken('examples/greeter/x.ts', "import { y } from '../../src/contracts/values.ts'")).toEqual(
      ['services in examples know the house by its published contracts only'],
    )
    expect(rulesBroken('examples/greeter/x.ts', "import { y } from '../other/y.ts'")).toEqual([
      'services in examples know the house by its published contracts only',
    ])
    expect(rulesBroken('examples/greeter/x.ts', "import { y } from './y.ts'")).toEqual([])
    expect(rulesBroken('src/cli/x.ts', "import { y } from '../../examples/greeter/y.ts'")).toEqual([
      'nothing in the house knows its strangers',
    ])
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

  it('keep pages to faces, and islands to texts', () => {
    expect(
      rulesBroken('web/pages/x.tsx', "import { y } from '../../src/shop/orders/store/queries.ts'"),
    ).toEqual(['pages know a context only through src/shop/orders/index.ts'])
    expect(rulesBroken('web/pages/x.tsx', "import { y } from '../../src/services/index.ts'")).toEqual([
      'pages import only faces of contexts and the platform',
    ])
    expect(rulesBroken('web/islands/x.ts', "import { y } from '../../src/platform/money.ts'")).toEqual([
      'islands import only types and words',
    ])
    const lightOnly = ['islands import only types and words']
    expect(rulesBroken('web/islands/x.ts', "import { y } from 'preact'")).toEqual(lightOnly)
    expect(rulesBroken('web/islands/x.ts', "import 'htmx.org'")).toEqual(lightOnly)
    expect(rulesBroken('web/islands/x.ts', "const y = await import('htmx.org')")).toEqual(lightOnly)
    expect(rulesBroken('web/islands/x.ts', "import type { y } from 'preact'")).toEqual([])
    const ofConsole = ['the console imports only its own, parts of web/ui, and types']
    expect(rulesBroken('web/console/x.ts', "import { y } from '../../src/platform/money.ts'")).toEqual(
      ofConsole,
    )
    expect(rulesBroken('web/console/x.ts', "import { y } from '../pages/frame/visit.ts'")).toEqual(ofConsole)
    expect(rulesBroken('web/console/x.ts', "import type { y } from '../words/index.ts'")).toEqual([])
    expect(rulesBroken('web/console/x/y.ts', "import { y } from '../../ui/format.ts'")).toEqual([])
    expect(rulesBroken('web/words/x.ts', "import { y } from 'node:fs'")).toEqual(['words import only words'])
    expect(rulesBroken('src/shop/orders/x.ts', "import { y } from '../../../web/pages/index.ts'")).toEqual([
      'only services know pages, and only web/pages/index.ts',
    ])
    expect(rulesBroken('web/pages/x.tsx', "import { y } from '../../src/shop/orders/index.ts'")).toEqual([])
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

describe('the stairs of a context', () => {
  it('hold against a climb, also of types, and against a file without a room', () => {
    const rules = 'src/shop/payments/rules/attempt.ts'
    expect(rulesBroken(rules, "import type { A } from '../store/tables.ts'")).toEqual([
      'climbs from rules to store',
    ])
    const settle = 'src/shop/payments/settling/settle-attempt.ts'
    expect(rulesBroken(settle, "export { complete } from '../sending/complete-checkout.ts'")).toEqual([
      'climbs from settling to sending',
    ])
    expect(rulesBroken('src/shop/orders/store/x.ts', "import { y } from '../index.ts'")).toEqual([
      'climbs from store to *.ts',
    ])
    expect(rulesBroken('src/shop/orders/attic/x.ts', "import { y } from '../rules/order.ts'")).toEqual([
      'stands in no room of shop/orders',
    ])
  })

  it('fail the check of a tree in which one file climbs, and only for it', async () => {
    const root = await mkdtemp(join(tmpdir(), 'walls-'))
    onTestFinished(() => rm(root, { recursive: true }))
    const payments = join(root, 'src/shop/payments')
    await mkdir(join(payments, 'rules'), { recursive: true })
    await mkdir(join(payments, 'store'))
    await writeFile(
      join(payments, 'store/tables.ts'),
      "import { now } from '../rules/look.ts'\nexport const a = now\n",
    )
    await writeFile(join(payments, 'rules/look.ts'), 'export const now = 1\n')
    expect(checkWalls(root)).toEqual({ files: 2, breaches: [] })
    await writeFile(
      join(payments, 'rules/look.ts'),
      "import type { a } from '../store/tables.ts'\nexport const now = 1\n",
    )
    expect(checkWalls(root).breaches).toEqual([
      {
        file: 'src/shop/payments/rules/look.ts',
        what: '../store/tables.ts',
        rule: 'climbs from rules to store',
      },
    ])
  })

  it('let what goes down, stays, or is only a test through', () => {
    const settle = 'src/shop/payments/settling/settle-attempt.ts'
    expect(rulesBroken(settle, "import { y } from '../store/ledger.ts'")).toEqual([])
    expect(rulesBroken(settle, "import { y } from './settle-refund.ts'")).toEqual([])
    expect(
      rulesBroken('src/shop/payments/settling/x.db.test.ts', "import { y } from '../sending/send-refund.ts'"),
    ).toEqual([])
  })

  it('have no step on which nothing stands', () => {
    const empty = Object.entries(STAIRS).flatMap(([context, steps]) => {
      const files = globSync(`src/${context}/**/*.ts`, { cwd: ROOT })
      const used = new Set(files.map((file) => stepOf(context, file)?.name))
      return steps.filter((step) => !used.has(step)).map((step) => `${context}: ${step}`)
    })
    expect(empty).toEqual([])
  })
})

describe('schemas', () => {
  const homes = readHomes(ROOT)
  const strange = (file: string, source: string) => strangeTables(file, source, homes).map(({ what }) => what)

  it('are known from their migrations', () => {
    const orders = homes.find(({ schema }) => schema === 'orders')
    expect(orders).toMatchObject({ folder: 'src/shop/orders/' })
    expect(orders?.names).toContain('"order"')
  })

  it('are named at home only', () => {
    const query = 'sql`select 1 from orders."order" o join payments.attempt a on a.order_id = o.id`'
    expect(strange('src/shop/orders/store/x.ts', query)).toEqual(['payments.attempt'])
    expect(strange('src/cli/x.ts', query)).toEqual(['orders."order"', 'payments.attempt'])
    expect(strange('src/cli/x.test.ts', query)).toEqual([])
    expect(strange('src/cli/x.ts', 'deps.payments.refund(tx); services.catalog.item')).toEqual([])
  })
})

it('every folder of sources is counted, those of simulators and tools too', () => {
  const folders = ['src/x', 'web/x', 'simulation/x', 'simulators/bank/x', 'bench/x', 'test/x', 'tools/x']
  const files = folders.flatMap((folder) =>
    Array.from({ length: MOST_FILES + 1 }, (_, n) => `${folder}/${n}.ts`),
  )
  expect(fullFolders(files).map(({ file }) => file)).toEqual(folders)
})

it('a folder holds no more sources than can be taken in at a glance', () => {
  const files = Array.from({ length: MOST_FILES + 1 }, (_, n) => `src/x/${n}.ts`)
  expect(fullFolders(files)).toMatchObject([{ file: 'src/x' }])
  expect(fullFolders([...files.slice(1), 'src/x/a.test.ts', 'src/x/a.fixture.ts', 'src/x/y/a.ts'])).toEqual(
    [],
  )
})
