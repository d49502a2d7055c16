import Type from 'typebox'
import { Strict, Uuid, Words } from '../../platform/http/app.ts'
import { Instant, orNull } from '../../platform/http/schemas.ts'
import type { Text } from '../../platform/refusal.ts'
import { categoryCodes } from '../catalog/index.ts'
import { PictureSchema, pictureJson } from '../pictures/index.ts'
import { addressOf, BANNER_STATES, type Banner, type BannerContent, TARGET_KINDS, TONES } from './banner.ts'

const TextSchema = Type.Object({ ko: Type.String(), en: Type.String() })

/** A banner as everybody sees it. */
export const BannerSchema = Type.Object({
  id: Uuid,
  title: TextSchema,
  text: TextSchema,
  address: Type.String({ description: 'Of the page it leads to, without a language' }),
  tone: Type.Enum([...TONES]),
  picture: orNull(PictureSchema, 'Without one it is drawn'),
  endsAt: Instant(),
})

/** The same as the merchant sees it. */
export const MerchantBannerSchema = Type.Object({
  ...BannerSchema.properties,
  target: Type.Object({ kind: Type.Enum([...TARGET_KINDS]), value: Type.String() }),
  startsAt: Instant(),
  isHidden: Type.Boolean(),
  version: Type.Integer({ description: 'To be sent with a change' }),
})
export const ListedBannerSchema = Type.Object({
  ...MerchantBannerSchema.properties,
  state: Type.Enum([...BANNER_STATES], {
    description: 'waiting: in force, but as many as are shown at one time come before it',
  }),
})

const Moment = (description: string) => Type.String({ format: 'date-time', maxLength: 40, description })
const InBoth = (most: number) => Strict({ ko: Words(most), en: Words(most) })

/** What the merchant says of a banner. */
export const ContentBody = {
  title: InBoth(40),
  text: InBoth(100),
  target: Type.Union([
    Strict({ kind: Type.Literal('item'), value: Uuid }),
    Strict({ kind: Type.Literal('category'), value: Type.Enum([...categoryCodes]) }),
    Strict({ kind: Type.Literal('search'), value: Words(100, 'What is looked for') }),
    Strict({ kind: Type.Literal('page'), value: Words(200, 'An address of ours, beginning with /') }),
  ]),
  tone: Type.Enum([...TONES]),
  startsAt: Moment('From when it is shown'),
  endsAt: Moment('Until when'),
  isHidden: Type.Boolean({ default: false }),
}
const Content = Strict(ContentBody)

/** What came in, as the rules know it. */
export function contentIn({
  title,
  text,
  target,
  tone,
  startsAt,
  endsAt,
  isHidden,
}: Type.Static<typeof Content>): BannerContent {
  return {
    title: trimmed(title),
    text: trimmed(text),
    target: { kind: target.kind, value: target.value.trim() },
    tone,
    startsAt: Temporal.Instant.from(startsAt),
    endsAt: Temporal.Instant.from(endsAt),
    isHidden,
  }
}

const trimmed = ({ ko, en }: Text): Text => ({ ko: ko.trim(), en: en.trim() })

/** The public form of a banner. */
export function bannerJson({ id, title, text, target, tone, pictureId, endsAt }: Banner) {
  return {
    id,
    title,
    text,
    address: addressOf(target),
    tone,
    picture: pictureId === null ? null : pictureJson(pictureId),
    endsAt: endsAt.toString(),
  }
}

/** The same as the merchant sees it. */
export function merchantBannerJson(banner: Banner) {
  const { target, startsAt, isHidden, version } = banner
  return { ...bannerJson(banner), target, startsAt: startsAt.toString(), isHidden, version }
}
