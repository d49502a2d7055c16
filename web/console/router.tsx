import { createRoute, createRouter, Navigate } from '@tanstack/react-router'
import { auditRoutes } from './audit/routes.ts'
import { bannerRoutes } from './banners/routes.ts'
import { billingRoutes } from './billing/routes.ts'
import { booksRoutes } from './books/routes.ts'
import { couponRoutes } from './coupons/routes.ts'
import { deadLettersRoutes } from './dead-letters/routes.ts'
import { deskRoutes } from './desk/routes.ts'
import { LoggedIn } from './frame/login-again.tsx'
import { mayEnter } from './frame/room.ts'
import { rootRoute } from './frame/root.ts'
import { parseSearch, stringifySearch } from './frame/search.ts'
import { Broken, Shell } from './frame/shell.tsx'
import { Loading } from './frame/states.tsx'
import { useSession } from './frame/use-session.ts'
import { itemRoutes } from './items/routes.ts'
import { lendingRulesRoutes } from './lending-rules/routes.ts'
import { openingRoutes } from './opening/routes.ts'
import { orderRoutes } from './orders/routes.ts'
import { overviewRoutes } from './overview/routes.ts'
import { paymentsRoutes } from './payments/routes.ts'
import { questionRoutes } from './questions/routes.ts'
import { reconciliationRoutes } from './reconciliation/routes.ts'
import { recordsRoutes } from './records/routes.ts'
import { returnRoutes } from './returns/routes.ts'
import { reviewRoutes } from './reviews/routes.ts'
import { rooms } from './rooms.ts'
import { searchRoutes } from './search/routes.ts'
import { sellingTermsRoutes } from './selling-terms/routes.ts'
import { settingsRoutes } from './settings/routes.ts'
import { subscriptionRoutes } from './subscriptions/routes.ts'
import { terminalRoutes } from './terminals/routes.ts'
import { usersRoutes } from './users/routes.ts'
import { frameWords } from './words/frame.ts'
import { useWords } from './words/use-words.ts'

const frameRoutes = [
  createRoute({ getParentRoute: () => rootRoute, path: '/', component: FirstRoom }),
  createRoute({ getParentRoute: () => rootRoute, path: '/logged-in', component: LoggedIn }),
] as const

export const router = createRouter({
  routeTree: rootRoute
    .update({ component: Shell })
    .addChildren([
      ...frameRoutes,
      ...searchRoutes,
      ...overviewRoutes,
      ...orderRoutes,
      ...billingRoutes,
      ...paymentsRoutes,
      ...reconciliationRoutes,
      ...deadLettersRoutes,
      ...auditRoutes,
      ...recordsRoutes,
      ...lendingRulesRoutes,
      ...sellingTermsRoutes,
      ...openingRoutes,
      ...terminalRoutes,
      ...usersRoutes,
      ...settingsRoutes,
      ...itemRoutes,
      ...couponRoutes,
      ...bannerRoutes,
      ...subscriptionRoutes,
      ...reviewRoutes,
      ...questionRoutes,
      ...returnRoutes,
      ...deskRoutes,
      ...booksRoutes,
    ]),
  basepath: '/console',
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPendingComponent: Loading,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFound,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

/** Where somebody's work begins: the first room their role may enter. */
function FirstRoom() {
  const session = useSession()
  const first = rooms.find((room) => mayEnter(room, session?.user.roles ?? []))
  return first === undefined ? <NotFound /> : <Navigate to={first.path} replace />
}

function NotFound() {
  const t = useWords(frameWords)
  return (
    <div className="page">
      <h1>{t.notFound}</h1>
    </div>
  )
}
