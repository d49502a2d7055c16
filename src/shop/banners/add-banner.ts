import { type KeyRefusal, once } from '../../platform/http/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import { type Banner, type BannerContent, checkContent, MOST_BANNERS } from './banner.ts'
import { insertBanner, lockBanners, readBanners } from './banner-store.ts'
import { type BannerDeps, leadsSomewhere, tellChange } from './deps.ts'

/**
 * Adds a banner, as the last one. Refusals: banner_period_wrong, banner_leads_outside, banner_item_unknown,
 * too_many_banners, and those of idempotency.
 */
export async function addBanner(
  deps: BannerDeps,
  { by, content, idempotencyKey }: { by: string; content: BannerContent; idempotencyKey: string },
): Promise<
  | { kind: 'added'; banner: Banner }
  | Refused<
      | 'banner_period_wrong'
      | 'banner_leads_outside'
      | 'banner_item_unknown'
      | 'too_many_banners'
      | 'not_found'
      | KeyRefusal
    >
> {
  const checked = checkContent(content)
  if (checked.kind === 'refused') return checked
  if (!(await leadsSomewhere(deps, checked.content.target))) return refused('banner_item_unknown')
  const now = deps.clock.now()
  const { startsAt, endsAt, ...body } = content
  const key = {
    scope: `banners:${by}`,
    key: idempotencyKey,
    body: { ...body, startsAt: startsAt.toString(), endsAt: endsAt.toString() },
  }
  const added = await once<{ id: string }, 'too_many_banners'>(deps.db, key, now, async (tx) => {
    await lockBanners(tx)
    if ((await readBanners(tx)).length >= MOST_BANNERS) return refused('too_many_banners')
    const id = newId()
    await insertBanner(tx, id, checked.content, { by, at: now })
    const after = { ...checked.content, id, pictureId: null, version: 1 }
    await tellChange(tx, deps, { by, action: 'banner.added', id, after })
    return { kind: 'answered', status: 201, body: { id } }
  })
  if (added.kind === 'refused') return added
  // Sent again later, it may have changed, or gone.
  const banner = (await readBanners(deps.db)).find(({ id }) => id === added.body.id)
  return banner ? { kind: 'added', banner } : refused('not_found')
}
