/** The catalogue's face: what other parts of the shop and the process that hosts it may use. */
export { type ItemForSale, itemsForSale } from './items-for-sale.ts'
export { catalogProblems } from './problems.ts'
export { consumeHold, holdStock, type Pieces, releaseHold, restock, takeStock } from './stock.ts'

/** The catalogue's tables, for the migrator and for tests of contexts that use it. */
export const catalogSchema = { schema: 'catalog', folder: new URL('./migrations/', import.meta.url) }
