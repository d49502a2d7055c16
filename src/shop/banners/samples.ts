import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import type { BannerContent } from './banner.ts'
import { insertBanner, lockBanners, readBanners } from './banner-store.ts'
import { type BannerDeps, tellChange } from './deps.ts'

type Sample = Pick<BannerContent, 'title' | 'text' | 'target' | 'tone'>

const SAMPLES: readonly Sample[] = [
  {
    title: { ko: '환절기 면역 준비', en: 'Ready for the season' },
    text: { ko: '비타민과 아연, 지금 담아 두세요.', en: 'Vitamins and zinc for the colder months.' },
    target: { kind: 'search', value: '비타민' },
    tone: 'amber',
  },
  {
    title: { ko: '눈이 피곤한 하루', en: 'For tired eyes' },
    text: { ko: '루테인부터 빌베리까지 모았습니다.', en: 'From lutein to bilberry, all in one place.' },
    target: { kind: 'category', value: 'EYE' },
    tone: 'blue',
  },
  {
    title: { ko: '할인 상품 모아 보기', en: 'Everything on sale' },
    text: { ko: '할인율이 높은 순서로 보여 드립니다.', en: 'The highest discounts first.' },
    target: { kind: 'page', value: '/items?sale=1&sort=discount_desc' },
    tone: 'rose',
  },
]

/** A few banners to look at, in force for a year; nothing is added where there are some. */
export function seedDemoBanners(deps: BannerDeps): Promise<void> {
  return transact(deps.db, async (tx) => {
    await lockBanners(tx)
    if ((await readBanners(tx)).length > 0) return
    const now = deps.clock.now()
    for (const sample of SAMPLES) {
      const id = newId()
      const content = { ...sample, startsAt: now, endsAt: now.add({ hours: 24 * 365 }), isHidden: false }
      await insertBanner(tx, id, content, { by: 'system', at: now })
      const after = { ...content, id, pictureId: null, version: 1 }
      await tellChange(tx, deps, { by: 'system', action: 'banner.added', id, after })
    }
  })
}
