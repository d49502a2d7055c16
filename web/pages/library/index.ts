import type { App } from '../../../src/platform/http/app.ts'
import type { Site } from '../frame/site.tsx'
import type { Library } from '../frame/world.ts'
import { cataloguePage } from './catalogue.tsx'
import { coverRoute } from './covers.ts'
import { guidePage } from './guide.tsx'
import { myLibraryPages } from './my-loans.tsx'
import { titlePages } from './title.tsx'

/** The pages of the library, beside those of the shop. */
export function libraryPages(app: App, site: Site, library: Library): void {
  coverRoute(app, library)
  cataloguePage(site, library)
  guidePage(site, library)
  titlePages(site, library)
  myLibraryPages(site, library)
}
