import type { SavedAddress } from '../../../src/identity/index.ts'
import { MOST_ADDRESSES } from '../../../src/identity/index.ts'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { refused } from '../../../src/platform/refusal.ts'
import { type Wrong, wrongOf } from '../../ui/field.tsx'
import { phoneText } from '../../ui/format.ts'
import { Nothing, Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'
import {
  AddresseeFields,
  emptyReceiver,
  type ReceiverForm,
  receiverIn,
  typedReceiver,
} from '../shop/receiver-fields.tsx'
import { receiverOfSaved } from '../shop/saved-addresses.tsx'

interface Said {
  done?: string
  trouble?: string
  wrong?: Wrong
  typed?: ReceiverForm
}

const HOME = '/account/addresses'

/** One's own address book. */
export function addressPages(site: Site): void {
  const { addressBook } = site.world.identity
  const said = (visit: Visit, refusal: Parameters<Site['saying']>[1]): Said => ({
    trouble: refusal.errors ? visit.words.errors.check : site.saying(visit, refusal),
    wrong: wrongOf(visit, refusal),
    typed: receiverIn(visit.form),
  })
  const statusOf = (code: string) => site.world.problems[code]?.status ?? 422
  site.signedIn('GET', HOME, (visit, actor) => {
    const texts = new Map<string | null, string>(Object.entries(visit.words.buying.addresses.done))
    const done = texts.get(visit.query.get('done'))
    return listOf(site, visit, actor, done === undefined ? {} : { done })
  })
  site.signedIn('POST', HOME, async (visit, actor) => {
    const isDefault = visit.form.get('isDefault') === 'yes'
    const result = await addressBook.add(actor, { ...addresseeIn(visit.form), isDefault })
    if (result.kind !== 'refused') return to(`${HOME}?done=added`)
    return listOf(site, visit, actor, said(visit, result), statusOf(result.code))
  })
  const entryOf = async (visit: { params: Readonly<Record<string, string>> }, actor: Actor) =>
    (await addressBook.list(actor)).find(({ id }) => id === idOf(visit.params.id))
  site.signedIn('GET', `${HOME}/:id`, async (visit, actor) => {
    const entry = await entryOf(visit, actor)
    return entry ? changeOf(visit, entry.id, receiverOfSaved(entry), {}) : refused('not_found')
  })
  site.signedIn('POST', `${HOME}/:id`, async (visit, actor) => {
    const entry = await entryOf(visit, actor)
    if (!entry) return refused('not_found')
    const result = await addressBook.change(actor, entry.id, addresseeIn(visit.form))
    if (result.kind !== 'refused') return to(`${HOME}?done=changed`)
    if (result.code === 'not_found') return result
    return changeOf(visit, entry.id, receiverIn(visit.form), said(visit, result), statusOf(result.code))
  })
  for (const [wish, done] of [
    ['remove', 'removed'],
    ['prefer', 'preferred'],
  ] as const) {
    site.signedIn('POST', `${HOME}/:id/${wish}`, async (visit, actor) => {
      const id = idOf(visit.params.id)
      if (id === undefined) return refused('not_found')
      const result = await addressBook[wish](actor, id)
      return result.kind === 'refused' ? result : to(`${HOME}?done=${done}`)
    })
  }
}

function addresseeIn(form: URLSearchParams) {
  const { name, phone, address } = typedReceiver(receiverIn(form))
  return { name, phone, address }
}

async function listOf(
  { world }: Site,
  visit: Visit,
  actor: Actor,
  { done, trouble, wrong, typed }: Said,
  status = 200,
): Promise<PageAnswer> {
  const t = visit.words.buying.addresses
  const addresses = await world.identity.addressBook.list(actor)
  return shown({
    title: t.title,
    status,
    tab: 'my',
    body: (
      <div className="narrow">
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        {done && <Notice kind="done">{done}</Notice>}
        {addresses.length === 0 ? (
          <Nothing title={t.none} hint={t.noneHint} />
        ) : (
          <ul className="cards">
            {addresses.map((entry) => (
              <Entry key={entry.id} visit={visit} entry={entry} />
            ))}
          </ul>
        )}
        {addresses.length < MOST_ADDRESSES && (
          <form className="box" action={visit.to(HOME)} method="post" data-once="">
            <h2>{t.add}</h2>
            <AddresseeFields visit={visit} form={typed ?? emptyReceiver()} wrong={wrong} />
            {addresses.length > 0 && (
              <label className="tick field">
                <input type="checkbox" name="isDefault" value="yes" />
                <span>{t.asDefault}</span>
              </label>
            )}
            <button className="button wide-button" type="submit">
              {t.addDo}
            </button>
          </form>
        )}
      </div>
    ),
  })
}

function Entry({ visit, entry }: { visit: Visit; entry: SavedAddress }) {
  const t = visit.words.buying.addresses
  const { id, name, phone, address, isDefault } = entry
  return (
    <li className="box">
      <p className="card-head">
        <strong>{name}</strong>
        {isDefault && <span className="badge">{t.isDefault}</span>}
      </p>
      <p>
        ({address.postalCode}) {address.city} {address.detail}
      </p>
      <p className="quiet">{phoneText(phone)}</p>
      <div className="actions">
        <a className="button small plain" href={visit.to(`${HOME}/${id}`)} aria-label={t.of(name, t.change)}>
          {t.change}
        </a>
        {!isDefault && (
          <form action={visit.to(`${HOME}/${id}/prefer`)} method="post" data-once="">
            <button className="button small plain" type="submit" aria-label={t.of(name, t.makeDefault)}>
              {t.makeDefault}
            </button>
          </form>
        )}
        <form action={visit.to(`${HOME}/${id}/remove`)} method="post" data-once="">
          <button className="button small plain" type="submit" aria-label={t.of(name, t.remove)}>
            {t.remove}
          </button>
        </form>
      </div>
    </li>
  )
}

function changeOf(
  visit: Visit,
  id: string,
  form: ReceiverForm,
  { trouble, wrong }: Said,
  status = 200,
): PageAnswer {
  const t = visit.words.buying.addresses
  return shown({
    title: t.changeTitle,
    status,
    tab: 'my',
    body: (
      <div className="narrow">
        <h1>{t.changeTitle}</h1>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        <form className="box" action={visit.to(`${HOME}/${id}`)} method="post" data-once="">
          <AddresseeFields visit={visit} form={form} wrong={wrong} />
          <button className="button wide-button" type="submit">
            {t.changeDo}
          </button>
        </form>
        <p>
          <a href={visit.to(HOME)}>{t.back}</a>
        </p>
      </div>
    ),
  })
}
