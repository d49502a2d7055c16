/** Items as the HTTP interface shows them. */

import Type, { type Static } from 'typebox'
import { PageSchema } from '../../../platform/http/app.ts'
import { Day, orNull, WonAmount } from '../../../platform/http/schemas.ts'
import { PictureSchema } from '../../pictures/index.ts'
import { categoryCodes } from '../rules/categories.ts'
import { NOTICE_TEXTS, noticeLacks, ORIGINS } from '../rules/item-notice.ts'

const Picture = orNull(Type.String())
export const CategorySchema = Type.Enum(categoryCodes)
/** Customers never see hidden items. */
const ShownStatus = Type.Enum(['on_sale', 'sold_out'])

const summary = {
  id: Type.String(),
  name: Type.String(),
  enterprise: Type.String({ description: 'Brand' }),
  thumbnail: Picture,
  categories: Type.Array(CategorySchema),
  originPrice: WonAmount('Price without discount'),
  discountPercent: Type.Number({ minimum: 0, maximum: 100, description: 'At most one decimal' }),
  discountPrice: WonAmount('What is taken off: origin price × discount, half up'),
  realPrice: WonAmount('What one costs'),
  salesCount: Type.Integer({ description: 'Pieces sold, refunds deducted' }),
  viewCount: Type.Integer({
    description: 'Different visitors so far, to about 1 %; half a minute late',
  }),
  starAverage: Type.Number({ description: '1 to 5 with two decimals, 0 without reviews' }),
  reviewCount: Type.Integer(),
  registeredDate: orNull(Day()),
}

/** A picture on the item's own page. */
const ShownPicture = Type.Object({
  ...PictureSchema.properties,
  width: Type.Integer({ description: 'Pixels of the full size' }),
  height: Type.Integer(),
  alt: Type.Object(
    { ko: orNull(Type.String()), en: orNull(Type.String()) },
    { description: 'What it shows; null: nothing is said, and the name of the item serves' },
  ),
})

const NoticeWords = (name: keyof typeof NOTICE_TEXTS, more = '') =>
  Type.String({ description: `${NOTICE_TEXTS[name].ko}${more}` })

/** What the notice on information of goods wants besides, as the merchant wrote it. */
const NoticeSchema = Type.Object(
  {
    origin: orNull(Type.Enum([...ORIGINS]), 'Made in Korea or imported; null: not known yet'),
    makerAddress: NoticeWords('makerAddress'),
    importer: NoticeWords('importer', '; only of what is imported'),
    country: NoticeWords('country', '; only of what is imported'),
    importDeclared: Type.Boolean({
      description: '수입신고를 필함; only of what is imported. False: nobody has said so yet',
    }),
    contents: NoticeWords('contents'),
    ingredients: NoticeWords('ingredients', '; blank: `rawMaterials` are named without amounts'),
    nutrition: NoticeWords('nutrition'),
    sideEffects: NoticeWords('sideEffects'),
    geneticallyModified: orNull(Type.Boolean(), '유전자변형건강기능식품; null: not known yet'),
    phone: NoticeWords('phone', '; blank: that of the shop'),
  },
  { description: '상품정보제공고시, as far as the register does not say it; blank: not known yet' },
)

const texts = {
  taxFree: Type.Boolean({ description: 'No VAT is in its price (면세)' }),
  pictures: Type.Array(ShownPicture, { description: 'The first one is the main one' }),
  statementNumber: Type.String({ description: '품목제조번호' }),
  descriptionImage: Picture,
  updatedDate: orNull(Day()),
  distributionPeriod: Type.String({ description: '소비기한' }),
  appearance: Type.String({ description: '성상' }),
  servingUse: Type.String({ description: '섭취방법' }),
  preservation: Type.String({ description: '보관방법' }),
  intakeHint: Type.String({ description: '섭취 시 주의사항' }),
  mainFunction: Type.String({ description: '주된 기능성' }),
  baseStandard: Type.String({ description: '기준규격' }),
  rawMaterials: Type.String({ description: '원재료' }),
  shape: Type.String({ description: '제형' }),
  notice: NoticeSchema,
}

/** An item in a list. */
export const ItemSummary = Type.Object({ ...summary, status: ShownStatus })
export type ItemSummary = Static<typeof ItemSummary>

/** An item on its own page. */
export const ItemDetail = Type.Object({
  ...summary,
  ...texts,
  status: ShownStatus,
  available: Type.Integer({ minimum: 0, description: 'Pieces that can be ordered now' }),
})
export type ItemDetail = Static<typeof ItemDetail>

/** An item as the merchant sees it. */
export const AdminItem = Type.Object({
  ...summary,
  ...texts,
  status: Type.Enum(['on_sale', 'sold_out', 'hidden'], {
    description: 'As set by the merchant; customers see sold_out also when no piece is free',
  }),
  registerTexts: Type.Record(Type.String(), Type.String(), {
    description: 'By the name of the text, where the merchant wrote it: what the register says instead',
  }),
  noticeLacks: Type.Array(Type.Enum(noticeLacks), {
    description: 'What the notice on information of goods (상품정보제공고시) wants said of it, and is not',
  }),
  version: Type.Integer({ minimum: 1, description: 'To be stated when changing the item' }),
  stock: Type.Object({
    onHand: Type.Integer({ minimum: 0 }),
    held: Type.Integer({ minimum: 0, description: 'Set aside for orders that wait for their payment' }),
  }),
  createdAt: Type.String({ format: 'date-time' }),
  updatedAt: Type.String({ format: 'date-time' }),
})
export type AdminItem = Static<typeof AdminItem>

/** An item in the merchant's list. */
export const AdminItemRow = Type.Pick(AdminItem, [
  'id',
  'statementNumber',
  'name',
  'enterprise',
  'status',
  'originPrice',
  'discountPercent',
  'realPrice',
  'taxFree',
  'viewCount',
  'noticeLacks',
  'version',
  'stock',
  'createdAt',
  'updatedAt',
])
export type AdminItemRow = Static<typeof AdminItemRow>

export const AdminItemList = Type.Object({ data: Type.Array(AdminItemRow), page: PageSchema })
export type AdminItemList = Static<typeof AdminItemList>

export const ItemList = Type.Object({
  data: Type.Array(ItemSummary),
  correctedKeyword: Type.Optional(
    Type.String({
      description: 'Nothing has what was typed; this, which is nearly the same, was looked for',
    }),
  ),
  page: Type.Object({
    ...PageSchema.properties,
    totalIsLowerBound: Type.Boolean({
      description: 'True when there are more than `totalElements`; further pages cannot be asked for',
    }),
  }),
})
export type ItemList = Static<typeof ItemList>

export const Home = Type.Object({
  bestSellers: Type.Array(ItemSummary),
  highestDiscounts: Type.Array(ItemSummary),
  newArrivals: Type.Array(ItemSummary),
})
export type Home = Static<typeof Home>

export const CategoryList = Type.Object({
  data: Type.Array(
    Type.Object({
      code: CategorySchema,
      name: Type.Object({ ko: Type.String(), en: Type.String() }),
      itemCount: Type.Integer({ minimum: 0 }),
    }),
  ),
})
export type CategoryList = Static<typeof CategoryList>

export const BrandList = Type.Object({
  data: Type.Array(Type.Object({ name: Type.String(), itemCount: Type.Integer({ minimum: 1 }) })),
  page: PageSchema,
})
export type BrandList = Static<typeof BrandList>
