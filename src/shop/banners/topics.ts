import Type from 'typebox'
import { defineTopic } from '../../platform/broadcast/broadcast.ts'

/** Some banners have changed: what is kept of them is out of date. */
export const bannersChanged = defineTopic('banners.changed', Type.Object({}))
