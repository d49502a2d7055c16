import { Field, type Wrong } from '../../ui/field.tsx'
import type { Visit } from '../frame/visit.ts'
import { AddressFields, PhoneField } from '../shop/receiver-fields.tsx'

const FIELDS = ['email', 'displayName', 'realName', 'phone', 'postalCode', 'city', 'detail'] as const
/** What an account knows of its owner, as it is typed. */
export type PersonForm = Readonly<Record<(typeof FIELDS)[number], string>>

/** The person as they were typed; longer fields are cut off. */
export function personIn(form: URLSearchParams): PersonForm {
  const text = (name: string) => (form.get(name) ?? '').slice(0, 500)
  return {
    email: text('email'),
    displayName: text('displayName'),
    realName: text('realName'),
    phone: text('phone'),
    postalCode: text('postalCode'),
    city: text('city'),
    detail: text('detail'),
  }
}

/** Everything of it but the e-mail address, which stands beside the way to log in. */
export function PersonFields({
  visit,
  form,
  wrong,
}: {
  visit: Visit
  form: Omit<PersonForm, 'email'>
  wrong?: Wrong | undefined
}) {
  const { account } = visit.words
  return (
    <>
      <Field
        name="displayName"
        label={account.displayName}
        hint={account.displayNameHint}
        defaultValue={form.displayName}
        wrong={wrong}
        required
        maxLength={20}
        autoComplete="nickname"
      />
      <Field
        name="realName"
        label={account.realName}
        defaultValue={form.realName}
        wrong={wrong}
        required
        maxLength={50}
        autoComplete="name"
      />
      <PhoneField visit={visit} value={form.phone} wrong={wrong} />
      <AddressFields visit={visit} form={form} wrong={wrong} />
    </>
  )
}
