import type { SavedAddress } from '../../../src/identity/index.ts'
import { phoneText } from '../../ui/format.ts'
import type { Visit } from '../frame/visit.ts'
import type { ReceiverForm } from './receiver-fields.tsx'

/** A form that begins with a saved address. */
export function receiverOfSaved({ name, phone, address }: SavedAddress): ReceiverForm {
  return { name, phone: phoneText(phone), ...address, note: '', noteOther: '' }
}

/** The saved address that the page is asked to begin with; undefined when it names none, or none of theirs. */
export function chosenAddress(visit: Visit, addresses: readonly SavedAddress[]): SavedAddress | undefined {
  const wanted = visit.query.get('address')?.toLowerCase()
  return addresses.find(({ id }) => id === wanted)
}

/**
 * Saved addresses to fill the fields below with. They are links, so that choosing works without scripts; what was typed
 * is given up, which is what choosing means.
 */
export function AddressChoice({
  visit,
  addresses,
  form,
  href,
}: {
  visit: Visit
  addresses: readonly SavedAddress[]
  /** What the fields say now. */
  form: ReceiverForm
  href: (id: string) => string
}) {
  if (addresses.length === 0) return null
  const t = visit.words.buying.addresses
  return (
    <nav className="address-choice" aria-label={t.choose}>
      <p className="quiet">{t.choose}</p>
      <ul>
        {addresses.map((entry) => (
          <li key={entry.id}>
            <a
              className="choice"
              href={href(entry.id)}
              aria-current={isShown(entry, form) ? 'true' : undefined}
            >
              <strong>{entry.name}</strong>
              {entry.isDefault && <span className="badge">{t.isDefault}</span>}
              <span className="quiet">
                {entry.address.city} {entry.address.detail}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function isShown(entry: SavedAddress, form: ReceiverForm): boolean {
  const { name, phone, postalCode, city, detail } = receiverOfSaved(entry)
  return (
    form.name === name &&
    form.phone === phone &&
    form.postalCode === postalCode &&
    form.city === city &&
    form.detail === detail
  )
}
