import type { Actor } from '../../../src/platform/http/actor.ts'
import { refused } from '../../../src/platform/refusal.ts'
import { momentText } from '../../ui/format.ts'
import { Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'

const PATH = '/profile/devices'

/** Where one is signed in, and signing out there. */
export function devicesPages(site: Site): void {
  const { accounts } = site.world.identity
  site.signedIn('GET', PATH, (visit, actor) => pageOf(site, visit, actor))
  site.signedIn('POST', `${PATH}/:id/end`, async (visit, actor) => {
    const id = idOf(visit.params.id)
    if (id === undefined) return refused('not_found')
    const result = await accounts.endDevice(actor, id)
    if (result.kind === 'refused') return result
    if (id !== actor.sessionId) return to(`${PATH}?done=ended`)
    site.browser.close(visit.reply)
    return to('/login?done=loggedOut')
  })
  site.signedIn('POST', `${PATH}/end-others`, async (_visit, actor) => {
    await accounts.endOtherDevices(actor)
    return to(`${PATH}?done=others`)
  })
}

/** What a browser says of itself is long; its name and system are enough to tell devices apart. */
function nameOf(label: string | null, unknown: string): string {
  if (label === null) return unknown
  const browser = /(Edg|OPR|SamsungBrowser|Whale|Firefox|Chrome|Safari)\//.exec(label)?.[1]
  const system = /(iPhone|iPad|Android|Windows|Mac OS X|Linux)/.exec(label)?.[1]
  const names: Readonly<Record<string, string>> = {
    Edg: 'Edge',
    OPR: 'Opera',
    SamsungBrowser: 'Samsung Internet',
  }
  if (!browser || !system) return label.slice(0, 60)
  return `${names[browser] ?? browser} · ${system === 'Mac OS X' ? 'Mac' : system}`
}

async function pageOf(site: Site, visit: Visit, actor: Actor): Promise<PageAnswer> {
  const devices = await site.world.identity.accounts.devices(actor)
  const { entry, account } = visit.words
  const done = visit.query.get('done')
  const said = done === 'ended' ? entry.deviceEnded : done === 'others' ? entry.othersEnded : undefined
  return shown({
    title: entry.devices,
    tab: 'my',
    body: (
      <div className="narrow">
        <h1>{entry.devices}</h1>
        <p>{entry.devicesLead}</p>
        {said && <Notice kind="done">{said}</Notice>}
        <ul className="box plain-list">
          {devices.map(({ id, label, lastUsedAt, isThis }) => (
            <li key={id} className="way">
              <p>
                <strong>{nameOf(label, entry.deviceUnknown)}</strong>{' '}
                {isThis && <span className="badge">{entry.thisDevice}</span>}
              </p>
              <p className="quiet">{entry.lastUsed(momentText(lastUsedAt.toString(), visit.language))}</p>
              <form action={visit.to(`${PATH}/${id}/end`)} method="post" data-once="">
                <button className="button plain small" type="submit">
                  {entry.deviceEnd}
                  <span className="unseen"> {nameOf(label, entry.deviceUnknown)}</span>
                </button>
              </form>
            </li>
          ))}
        </ul>
        {devices.length > 1 && (
          <form action={visit.to(`${PATH}/end-others`)} method="post" data-once="">
            <button className="button plain wide-button" type="submit">
              {entry.othersEnd}
            </button>
          </form>
        )}
        <p>
          <a href={visit.to('/profile')}>{account.profileTitle}</a>
        </p>
      </div>
    ),
  })
}
