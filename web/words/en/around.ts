import type { Words } from '../index.ts'

const n = new Intl.NumberFormat('en-US')
const reviews = (count: number) => `${n.format(count)} ${count === 1 ? 'review' : 'reviews'}`

/** What stands around items in English. */
export const around: Words['around'] = {
  reviews: {
    title: 'Reviews',
    ofItem: (name) => `Reviews of ${name}`,
    all: (count) => `See all ${reviews(count)}`,
    sort: 'Sort by',
    sorts: { newest: 'Newest', oldest: 'Oldest', rating_desc: 'Most stars', rating_asc: 'Fewest stars' },
    share: (stars, count) => `${stars} stars: ${n.format(count)}`,
    none: 'No reviews yet.',
    noneHint: 'Who has bought the item can write one from their orders.',
    toItem: 'See the item',
    write: 'Write a review',
    stars: 'Stars',
    star: (stars) => `${stars} ${stars === 1 ? 'star' : 'stars'}`,
    body: 'Your review',
    bodyHint: '20 to 1,000 characters.',
    pictures: 'Pictures',
    picturesHint: (most) =>
      `Up to ${n.format(most)} (JPEG, PNG, WebP or AVIF, 8 MB each). What is noted in them, such as where they were taken, is removed.`,
    picturesAgain: 'After an error, pictures have to be chosen again.',
    picture: (place) => `Picture ${n.format(place)} by the buyer`,
    pictureRemove: (place) => `Remove picture ${n.format(place)}`,
    send: 'Send review',
    edit: 'Edit',
    save: 'Save',
    remove: 'Delete',
    removeText: 'Delete this review? It cannot be brought back.',
    own: 'My reviews',
    hidden: (reason) => `Hidden by the merchant: ${reason}`,
    done: {
      written: 'Your review is there. Thank you.',
      saved: 'The review was changed.',
      removed: 'The review was deleted.',
    },
  },
  letters: {
    title: 'Messages',
    none: 'No messages yet.',
    noneHint: 'News of orders, deliveries and subscriptions appears here.',
    unread: (count) => `${n.format(count)} not read yet`,
    new: 'New',
    readAll: 'Mark all as read',
    about: {
      order: 'See the order',
      subscription: 'See the subscription',
      loan: 'My library',
      hold: 'My library',
      question: 'See my questions',
      account: 'See the account',
    },
    older: 'Older messages',
  },
  recent: {
    title: 'Recently viewed',
    none: 'Nothing viewed yet.',
    hint: 'Items you look at are kept here, on this device only.',
  },
  wishes: {
    title: 'Wish list',
    add: 'Add to wish list',
    none: 'Your wish list is empty.',
    noneHint: 'Add what you like from its page.',
    remove: 'Remove',
    removeOf: (name) => `Remove ${name}`,
    gone: 'No longer sold',
    unknown: 'An item without a name',
    done: { added: 'It is on your wish list.', removed: 'It was removed.' },
  },
}
