import { inBoth } from '../words/language.ts'

/** The name of the room alone: what is in `words.ts` is loaded with its pages only. */
export const bannersTitle = inBoth({ title: '배너' }, { title: 'Banners' })
