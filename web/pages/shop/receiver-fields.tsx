import type { Profile } from '../../../src/identity/index.ts'
import { Field, type Wrong } from '../../ui/field.tsx'
import { phoneText } from '../../ui/format.ts'
import type { Visit } from '../frame/visit.ts'

/** A receiver as it is typed; what was typed stays in a form that is shown again. */
export interface ReceiverForm {
  name: string
  phone: string
  postalCode: string
  city: string
  detail: string
  note: string
  noteOther: string
}

const OTHER = 'other'

/** The receiver as it was typed. */
export function receiverIn(form: URLSearchParams): ReceiverForm {
  const text = (name: string) => form.get(name) ?? ''
  return {
    name: text('name'),
    phone: text('phone'),
    postalCode: text('postalCode'),
    city: text('city'),
    detail: text('detail'),
    note: text('note'),
    noteOther: text('noteOther'),
  }
}

/** Nothing typed yet. */
export function emptyReceiver(): ReceiverForm {
  return receiverIn(new URLSearchParams())
}

/** A form that begins with the person of the account. */
export function receiverOf({ realName, phone, address }: Profile): ReceiverForm {
  return { name: realName, phone: phoneText(phone), ...address, note: '', noteOther: '' }
}

/** As the use cases take it; they check it. */
export function typedReceiver({ name, phone, postalCode, city, detail, note, noteOther }: ReceiverForm) {
  return {
    name,
    phone,
    address: { city, detail, postalCode },
    deliveryNote: note === OTHER ? noteOther : note,
  }
}

/** The note as the form shows it: one of those on offer, or one of their own. */
export function withNote(visit: Visit, form: ReceiverForm, note: string | null): ReceiverForm {
  if (note === null) return form
  const isOffered = visit.words.checkout.notes.split('\n').includes(note)
  return isOffered ? { ...form, note } : { ...form, note: OTHER, noteOther: note }
}

/** Who and where, without a word to the driver. */
export function AddresseeFields({
  visit,
  form,
  wrong,
}: {
  visit: Visit
  form: ReceiverForm
  wrong?: Wrong | undefined
}) {
  const { checkout } = visit.words
  return (
    <>
      <div className="pair">
        <Field
          name="name"
          label={checkout.receiverName}
          defaultValue={form.name}
          wrong={wrong}
          required
          maxLength={50}
          autoComplete="name"
        />
        <PhoneField visit={visit} value={form.phone} wrong={wrong} />
      </div>
      <AddressFields visit={visit} form={form} wrong={wrong} />
    </>
  )
}

/** The fields of who gets the parcel, with what is wrong beside each. */
export function ReceiverFields({
  visit,
  form,
  wrong,
}: {
  visit: Visit
  form: ReceiverForm
  wrong?: Wrong | undefined
}) {
  const { checkout } = visit.words
  return (
    <>
      <AddresseeFields visit={visit} form={form} wrong={wrong} />
      <div className="field">
        <label htmlFor="field-note">{checkout.note}</label>
        <select id="field-note" name="note" defaultValue={form.note}>
          <option value="">{checkout.noteNone}</option>
          {checkout.notes.split('\n').map((note) => (
            <option key={note} value={note}>
              {note}
            </option>
          ))}
          <option value={OTHER}>{checkout.noteOther}</option>
        </select>
      </div>
      <div className="only-other">
        <Field
          name="noteOther"
          label={checkout.noteOtherLabel}
          defaultValue={form.noteOther}
          wrong={wrong?.deliveryNote ? { noteOther: wrong.deliveryNote } : undefined}
          maxLength={200}
        />
      </div>
    </>
  )
}

/** The field of a mobile number. */
export function PhoneField({
  visit,
  value,
  wrong,
}: {
  visit: Visit
  value: string
  wrong?: Wrong | undefined
}) {
  const { account } = visit.words
  return (
    <Field
      name="phone"
      label={account.phone}
      defaultValue={value}
      wrong={wrong}
      required
      type="tel"
      inputMode="tel"
      maxLength={20}
      autoComplete="tel"
      placeholder={account.phoneHint}
    />
  )
}

/** The fields of a Korean address. */
export function AddressFields({
  visit,
  form,
  wrong,
}: {
  visit: Visit
  form: { postalCode: string; city: string; detail: string }
  wrong?: Wrong | undefined
}) {
  const { account } = visit.words
  return (
    <div className="address">
      <Field
        name="postalCode"
        label={account.postalCode}
        defaultValue={form.postalCode}
        wrong={wrong}
        required
        inputMode="numeric"
        maxLength={5}
        autoComplete="postal-code"
      />
      <Field
        name="city"
        label={account.city}
        hint={account.cityHint}
        defaultValue={form.city}
        wrong={wrong}
        required
        maxLength={100}
        autoComplete="address-line1"
      />
      <Field
        name="detail"
        label={account.detail}
        defaultValue={form.detail}
        wrong={wrong}
        required
        maxLength={200}
        autoComplete="address-line2"
      />
    </div>
  )
}
