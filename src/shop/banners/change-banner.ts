import { type Tx, transact } from '../../platform/database/database.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import type { Pictures } from '../pictures/index.ts'
import { type Banner, type BannerContent, checkContent } from './banner.ts'
import { deleteBanner, lockBanner, saveBanner } from './banner-store.ts'
import { type BannerDeps, leadsSomewhere, tellChange } from './deps.ts'

interface Asked {
  readonly id: string
  readonly by: string
}
type Changed = { kind: 'changed'; banner: Banner }
type Meanwhile = Refused<'not_found' | 'banner_changed_meanwhile'>

/**
 * Says everything of a banner anew, by who has read the version it has. Refusals: not_found, banner_changed_meanwhile,
 * banner_period_wrong, banner_leads_outside, banner_item_unknown.
 */
export async function changeBanner(
  deps: BannerDeps,
  { version, content, ...asked }: Asked & { readonly version: number; readonly content: BannerContent },
): Promise<
  Changed | Meanwhile | Refused<'banner_period_wrong' | 'banner_leads_outside' | 'banner_item_unknown'>
> {
  const checked = checkContent(content)
  if (checked.kind === 'refused') return checked
  // What leads to an item that has left the shop can still be hidden.
  if (!checked.content.isHidden && !(await leadsSomewhere(deps, checked.content.target)))
    return refused('banner_item_unknown')
  return change(deps, { ...asked, version }, async (_tx, before) => ({ ...before, ...checked.content }))
}

/**
 * Gives a banner another picture. It is looked at and written before the banner is locked. Refusals: not_found,
 * banner_changed_meanwhile, and those of `takeIn`.
 */
export async function giveBannerPicture(
  deps: BannerDeps,
  { version, bytes, ...asked }: Asked & { readonly version: number; readonly bytes: Buffer },
): Promise<Changed | Meanwhile | RefusedBy<Pictures['takeIn']>> {
  const taken = await deps.pictures.takeIn(bytes, asked.by)
  if (taken.kind === 'refused') return taken
  return change(deps, { ...asked, version }, async (tx, before) => {
    const user = { type: 'banner', id: asked.id } as const
    const { id: pictureId } = taken.picture
    const used = await deps.pictures.use(tx, pictureId, user)
    if (used.kind === 'refused') return used
    if (before.pictureId !== null && before.pictureId !== pictureId)
      await deps.pictures.letGo(tx, before.pictureId, user)
    return { ...before, pictureId }
  })
}

/** Takes its picture from a banner; without one it is drawn. Refusals: not_found, banner_changed_meanwhile. */
export function takeBannerPicture(
  deps: BannerDeps,
  asked: Asked & { readonly version: number },
): Promise<Changed | Meanwhile> {
  return change(deps, asked, async (tx, before) => {
    if (before.pictureId !== null)
      await deps.pictures.letGo(tx, before.pictureId, { type: 'banner', id: asked.id })
    return { ...before, pictureId: null }
  })
}

/** Removes a banner and lets go of its picture. Refusals: not_found, also when it is removed again. */
export function removeBanner(
  deps: BannerDeps,
  { id, by }: Asked,
): Promise<{ kind: 'removed' } | Refused<'not_found'>> {
  return transact<{ kind: 'removed' } | Refused<'not_found'>>(deps.db, async (tx) => {
    const before = await lockBanner(tx, id)
    if (before === undefined) return refused('not_found')
    if (before.pictureId !== null) await deps.pictures.letGo(tx, before.pictureId, { type: 'banner', id })
    await deleteBanner(tx, id)
    await tellChange(tx, deps, { by, action: 'banner.removed', id, before })
    return { kind: 'removed' }
  })
}

/** Decides about a locked banner of the version that was read, and writes what became of it, in one transaction. */
function change<Code extends string = never>(
  deps: BannerDeps,
  { id, by, version }: Asked & { readonly version: number },
  decide: (tx: Tx, before: Banner) => Promise<Banner | Refused<Code>>,
): Promise<Changed | Meanwhile | Refused<Code>> {
  return transact<Changed | Meanwhile | Refused<Code>>(deps.db, async (tx, rollback) => {
    const before = await lockBanner(tx, id)
    if (before === undefined) return refused('not_found')
    if (before.version !== version) return refused('banner_changed_meanwhile')
    const decided = await decide(tx, before)
    if ('kind' in decided) return rollback(decided)
    const banner = { ...decided, version: version + 1 }
    await saveBanner(tx, banner)
    await tellChange(tx, deps, { by, action: 'banner.changed', id, before, after: banner })
    return { kind: 'changed', banner }
  })
}
