import Type from 'typebox'
import { Strict } from '../../platform/http/app.ts'

/** Only a bound on what is looked at; the real rules of each field are in `account.ts` and explain themselves. */
export const Typed = (description: string, examples: string[] = []) =>
  Type.String({ maxLength: 500, description, examples })

export const AddressBody = Strict({
  city: Typed('City and street', ['서울특별시 중구 세종대로 110']),
  detail: Typed('Building, floor, door', ['3층 301호']),
  postalCode: Typed('Five digits', ['04524']),
})

export const own = {
  displayName: Typed('2–20 visible characters without spaces; unique', ['건강지기']),
  realName: Typed('Without spaces', ['김하나']),
  phone: Typed('Mobile number, dashes optional; unique', ['010-1234-5678']),
  address: AddressBody,
}
export const EMAIL = Typed('Unique; never changes', ['hana@example.com'])

const Version = Type.String({ maxLength: 50, description: 'Of /api/legal-texts, in force' })

/** What was read and accepted. */
export const AgreedToBody = Type.Optional(
  Type.Object(
    { terms: Version, privacy: Version },
    {
      additionalProperties: false,
      description:
        'Whoever calls shows the person both texts of /api/legal-texts before. Left out, signing up agrees to the versions in force at this moment, and they are kept as agreed to; named, they must be in force',
    },
  ),
)
