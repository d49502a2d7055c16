import { bannerAddress, type ShownNow } from '../../../src/shop/banners/index.ts'
import { addressOf, sourcesOf } from '../../../src/shop/pictures/index.ts'
import { BannerCard } from '../../ui/banner.tsx'
import type { Visit } from '../frame/visit.ts'

/** What the merchant shows at the top of the first page; nothing while there is nothing. */
export function BannerShelf({ visit, banners }: { visit: Visit; banners: ShownNow['banners'] }) {
  if (banners.length === 0) return null
  return (
    <ul className="banners" aria-label={visit.words.home.banners}>
      {banners.map(({ id, title, text, tone, target, pictureId }) => (
        <li key={id}>
          <a href={visit.to(bannerAddress(target))}>
            <BannerCard
              banner={{
                title: visit.say(title),
                text: visit.say(text),
                tone,
                picture:
                  pictureId === null
                    ? null
                    : { address: addressOf(pictureId, 320), sizes: sourcesOf(pictureId) },
              }}
            />
          </a>
        </li>
      ))}
    </ul>
  )
}
