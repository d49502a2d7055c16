import type { BookView } from '../../../src/library/book/index.ts'
import { categoryNames, type ItemDetail } from '../../../src/shop/catalog/index.ts'
import { addressOf } from '../../../src/shop/pictures/index.ts'
import type { Visit } from '../frame/visit.ts'
import type { PagesSettings } from '../frame/world.ts'
import { pickedBy } from './list-query.ts'

/** What a page says to machines, in the words of schema.org. */
export type Structured = Readonly<Record<string, unknown>>

const CONTEXT = 'https://schema.org'

/** An item for search engines, with the way to it. */
export function structuredItem({ publicUrl }: PagesSettings, visit: Visit, item: ItemDetail): Structured[] {
  const address = (path: string) => `${publicUrl}${visit.to(path)}`
  const [category] = item.categories
  const places = [
    { name: visit.words.frame.home, path: '/' },
    ...(category === undefined
      ? []
      : [{ name: visit.say(categoryNames[category]), path: `/items?${pickedBy({ category })}` }]),
    { name: item.name, path: `/items/${item.id}` },
  ]
  return [
    {
      '@context': CONTEXT,
      '@type': 'Product',
      name: item.name,
      sku: item.id,
      image:
        item.pictures.length > 0
          ? item.pictures.map(({ id }) => `${publicUrl}${addressOf(id, 1280)}`)
          : `${publicUrl}/pictures/${item.id}.svg`,
      description: item.mainFunction,
      brand: { '@type': 'Brand', name: item.enterprise },
      offers: {
        '@type': 'Offer',
        url: address(`/items/${item.id}`),
        price: item.realPrice,
        priceCurrency: 'KRW',
        itemCondition: `${CONTEXT}/NewCondition`,
        availability: `${CONTEXT}/${item.status === 'on_sale' && item.available > 0 ? 'InStock' : 'OutOfStock'}`,
      },
      ...(item.reviewCount > 0
        ? {
            aggregateRating: {
              '@type': 'AggregateRating',
              ratingValue: item.starAverage,
              reviewCount: item.reviewCount,
            },
          }
        : {}),
    },
    {
      '@context': CONTEXT,
      '@type': 'BreadcrumbList',
      itemListElement: places.map(({ name, path }, index) => ({
        '@type': 'ListItem',
        position: index + 1,
        name,
        item: address(path),
      })),
    },
  ]
}

/** The shop, its search and its merchant for search engines. */
export function structuredShop({ publicUrl, merchant }: PagesSettings, visit: Visit): Structured[] {
  return [
    {
      '@context': CONTEXT,
      '@type': 'WebSite',
      name: visit.words.shop,
      url: `${publicUrl}${visit.to('/')}`,
      inLanguage: visit.language,
      publisher: {
        '@type': 'Organization',
        name: merchant.name,
        ...(merchant.phone === undefined ? {} : { telephone: merchant.phone }),
        ...(merchant.address === undefined ? {} : { address: merchant.address }),
      },
      potentialAction: {
        '@type': 'SearchAction',
        target: `${publicUrl}${visit.to('/items')}?keyword={keyword}`,
        'query-input': 'required name=keyword',
      },
    },
  ]
}

/** A book of the library for search engines. */
export function structuredBook({ publicUrl }: PagesSettings, visit: Visit, book: BookView): Structured[] {
  return [
    {
      '@context': CONTEXT,
      '@type': 'Book',
      name: book.title,
      url: `${publicUrl}${visit.to(`/library/books/${book.id}`)}`,
      image: `${publicUrl}/pictures/books/${book.id}.svg`,
      author: book.author,
      publisher: book.publisher,
      inLanguage: 'ko',
      ...(book.isbn === null ? {} : { isbn: book.isbn }),
      ...(book.year === null ? {} : { datePublished: String(book.year) }),
    },
  ]
}
