import type { App } from '../../src/platform/http/app.ts'
import { addressPages } from './account/addresses.tsx'
import { devicesPages } from './account/devices.tsx'
import { loginsPages } from './account/logins.tsx'
import { methodPages } from './account/methods.tsx'
import { myPage } from './account/my.tsx'
import { orderPages } from './account/orders.tsx'
import { profilePages } from './account/profile.tsx'
import { subscriptionPages } from './account/subscriptions.tsx'
import { verifyEmailPages } from './account/verify-email.tsx'
import { itemReviewsPage } from './around/item-reviews.tsx'
import { letterPages } from './around/letters.tsx'
import { ownReviewPages } from './around/own-reviews.tsx'
import { recentPage } from './around/recent.tsx'
import { wishPages } from './around/wishes.tsx'
import { couponPages } from './buying/coupons.tsx'
import { returnPages } from './buying/returns.tsx'
import { addToCartPages } from './cart/add.tsx'
import { cartPages } from './cart/cart.tsx'
import { reorderPages } from './cart/reorder.tsx'
import type { ConsoleKeeper } from './console/obtain.ts'
import { consoleRoutes } from './console/routes.tsx'
import { cardRoute } from './frame/card.ts'
import { createSite, pageOfProblems } from './frame/site.tsx'
import type { World } from './frame/world.ts'
import { textPages } from './legal/texts.tsx'
import { libraryPages } from './library/index.ts'
import { enterAgainPages } from './login/again.tsx'
import { loginPages } from './login/login.tsx'
import { signUpPages } from './login/sign-up.tsx'
import { socialPages } from './login/social.tsx'
import { pictureRoute } from './pictures/item-pictures.ts'
import { askQuestionPages } from './questions/ask-question.tsx'
import { itemQuestionsPage } from './questions/item-questions.tsx'
import { ownQuestionPages } from './questions/own-questions.tsx'
import { checkoutPages } from './shop/checkout.tsx'
import { machineRoutes } from './shop/for-machines.ts'
import { homePage } from './shop/home.tsx'
import { itemPage } from './shop/item.tsx'
import { listPage } from './shop/list.tsx'
import { resultPages } from './shop/result.tsx'

/** All pages, and what is shown where there is none. */
export function pagesOf(world: World, keeper: ConsoleKeeper | undefined) {
  return {
    problemPage: pageOfProblems(world),
    routes: (app: App): void => {
      world.assets.routes(app)
      pictureRoute(app, world)
      cardRoute(app)
      machineRoutes(app, world)
      const site = createSite(app, world)
      if (keeper) consoleRoutes(app, { world, keeper, identify: site.browser.identify })
      homePage(site)
      listPage(site)
      itemPage(site)
      cartPages(site)
      addToCartPages(site)
      reorderPages(site)
      checkoutPages(site)
      resultPages(site)
      loginPages(site)
      signUpPages(site)
      socialPages(site)
      loginsPages(site)
      enterAgainPages(site)
      devicesPages(site)
      myPage(site)
      orderPages(site)
      returnPages(site)
      couponPages(site)
      subscriptionPages(site)
      methodPages(site)
      profilePages(site)
      addressPages(site)
      verifyEmailPages(site)
      textPages(site)
      itemReviewsPage(site)
      ownReviewPages(site)
      itemQuestionsPage(site)
      askQuestionPages(site)
      ownQuestionPages(site)
      recentPage(site)
      wishPages(site)
      const letters = world.letters()
      if (letters) letterPages(site, letters)
      const library = world.library()
      if (library) libraryPages(app, site, library)
    },
  }
}
