import type { ItemDetail } from '../../../src/shop/catalog/index.ts'
import { addressOf, sourcesOf } from '../../../src/shop/pictures/index.ts'
import { pictureOf } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'

/** The width of the column it stands in. */
const SIZES = '(min-width: 720px) 460px, 100vw'

/** The pictures of an item, one beside the other; without any of the merchant's, a drawn pack. */
export function Gallery({ visit, item }: { visit: Visit; item: ItemDetail }) {
  const { pictures } = item
  if (pictures.length === 0)
    return (
      <div className="item-picture">
        <img src={pictureOf(item.id)} alt={item.name} width="640" height="640" fetchPriority="high" />
      </div>
    )
  const { gallery } = visit.words.item
  return (
    <div className="item-picture">
      <ul className="gallery" aria-label={gallery.name(pictures.length)}>
        {pictures.map(({ id, address, width, height, alt }, index) => (
          <li key={id} id={`picture-${index + 1}`}>
            {/* In full size, for those who look closely. */}
            <a href={address}>
              <img
                src={addressOf(id, 640)}
                srcSet={sourcesOf(id)}
                sizes={SIZES}
                alt={alt[visit.language] ?? (index === 0 ? item.name : gallery.other(item.name, index + 1))}
                width={width}
                height={height}
                {...(index === 0 ? { fetchPriority: 'high' } : { loading: 'lazy' })}
              />
            </a>
          </li>
        ))}
      </ul>
      {pictures.length > 1 && (
        <ul className="gallery-marks">
          {pictures.map(({ id }, index) => (
            <li key={id}>
              <a href={`#picture-${index + 1}`} aria-label={gallery.go(index + 1)}>
                <img src={addressOf(id, 160)} alt="" width="56" height="56" loading="lazy" />
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
