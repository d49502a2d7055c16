import { photo } from '../../../src/shop/pictures/pictures.fixture.ts'
import { execute } from '../../support/database.ts'
import { adminItem, photographItem } from '../../support/shop.ts'
import type { System } from '../../support/system.ts'
import { type Entry, get } from './entry.ts'

let entered = 0
const newItem = () => ({
  statementNumber: String(990_000_000_000 + ++entered),
  name: '직접 등록한 상품',
  enterprise: '건강제약',
})

/** Whoever starts and stops the import finds what they need, whatever others did before. */
async function registersAre(system: System, state: string): Promise<void> {
  await execute(system.databaseOf('shop'), `update catalog.register_work set wanted_at = null, ${state}`)
}

export const catalogue: Record<string, Entry> = {
  listItems: get('/api/items?size=1'),
  getItem: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/items/${itemId}` }) },
  getHome: get('/api/home'),
  listCategories: get('/api/categories'),
  listBrands: get('/api/brands'),
  listAdminItems: get('/api/admin/items?status=hidden&size=1'),
  getAdminItem: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/admin/items/${itemId}` }) },
  createItem: {
    ok: 201,
    ask: async () => ({ path: '/api/admin/items', ask: { json: newItem() } }),
  },
  getRegisterImport: get('/api/admin/register-import'),
  startRegisterImport: {
    ok: 202,
    ask: async ({ system }) => {
      await registersAre(system, `busy_until = null, stop_at = now()`)
      return { path: '/api/admin/register-import/start' }
    },
  },
  stopRegisterImport: {
    ok: 202,
    ask: async ({ system }) => {
      await registersAre(system, `busy_until = now() + interval '1 day', stop_at = null`)
      return { path: '/api/admin/register-import/stop' }
    },
  },
  skipRegisterPage: {
    ok: 200,
    ask: async ({ system }) => {
      await execute(
        system.databaseOf('shop'),
        `insert into catalog.register_unread (source, next_row, failed_on, stuck_at) values ('htfs', 201, current_date, now())
         on conflict (source, next_row) do update set skipped = false`,
      )
      return { path: '/api/admin/register-import/skip-page', ask: { json: { source: 'htfs', row: 201 } } }
    },
  },
  writeItemTexts: {
    ok: 200,
    ask: async ({ itemId, merchant }) => {
      const { version } = await adminItem(merchant, itemId)
      const json = { version, name: '비타민 C', enterprise: '건강제약', mainFunction: '피로 개선' }
      return { path: `/api/admin/items/${itemId}/texts`, ask: { json } }
    },
  },
  addItemPicture: {
    ok: 201,
    ask: async ({ itemId }) => ({
      path: `/api/admin/items/${itemId}/pictures`,
      ask: { raw: { body: await photo(1), type: 'image/jpeg' } },
    }),
  },
  arrangeItemPictures: {
    ok: 200,
    ask: async ({ itemId, merchant }) => {
      const kept = await photographItem(merchant, itemId)
      const pictures = kept.map(({ id }) => ({ id, alt: { ko: '앞면', en: null } }))
      return { path: `/api/admin/items/${itemId}/pictures`, ask: { json: { pictures } } }
    },
  },
  removeItemPicture: {
    ok: 200,
    ask: async ({ itemId }) => ({ path: `/api/admin/items/${itemId}/pictures/${'0'.repeat(32)}` }),
  },
  exportItems: get('/api/admin/items/table.csv?status=on_sale'),
  exportItemsAsWorkbook: get('/api/admin/items/table.xlsx?status=on_sale'),
  importItems: {
    ok: 200,
    ask: async () => ({
      path: `/api/admin/items/table?reason=${encodeURIComponent('정리')}`,
      ask: { raw: { body: '상품ID,버전\n', type: 'text/csv' } },
    }),
  },
  listStockChanges: {
    ok: 200,
    ask: async ({ itemId }) => ({ path: `/api/admin/items/${itemId}/stock-changes` }),
  },
  changeItem: {
    ok: 200,
    ask: async ({ itemId, merchant }) => {
      const { version, originPrice } = await adminItem(merchant, itemId)
      const json = { version, originPrice: originPrice + 100 }
      return { path: `/api/admin/items/${itemId}`, ask: { json } }
    },
  },
}
