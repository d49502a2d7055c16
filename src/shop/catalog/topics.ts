import Type from 'typebox'
import { defineTopic } from '../../platform/broadcast/broadcast.ts'

/** Some items have changed: kept lists of them are out of date. */
export const itemsChanged = defineTopic('catalog.items-changed', Type.Object({}))
