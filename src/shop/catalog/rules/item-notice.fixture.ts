import fc from 'fast-check'
import { type ItemNotice, NOTICE_TEXTS, type NoticeText } from './item-notice.ts'

const text = (name: NoticeText) =>
  fc.oneof(
    fc.constant(''),
    fc.stringMatching(/^[가-힣a-z0-9]{1,20}$/).map((word) => word.slice(0, NOTICE_TEXTS[name].most)),
  )

/** Any notice that the rules allow. */
export const anyNotice: fc.Arbitrary<ItemNotice> = fc
  .record({
    origin: fc.constantFrom('domestic' as const, 'imported' as const, null),
    makerAddress: text('makerAddress'),
    importer: text('importer'),
    country: text('country'),
    importDeclared: fc.boolean(),
    contents: text('contents'),
    ingredients: text('ingredients'),
    nutrition: text('nutrition'),
    sideEffects: text('sideEffects'),
    geneticallyModified: fc.constantFrom(true, false, null),
    phone: fc.constantFrom('', '02-1234-5678', '1588-0000', '+82 2 1234 5678'),
  })
  .map((notice) =>
    notice.origin === 'imported' ? notice : { ...notice, importer: '', country: '', importDeclared: false },
  )
