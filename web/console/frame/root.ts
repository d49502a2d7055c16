import { createRootRoute } from '@tanstack/react-router'

/** The root of all routes; what stands around the rooms is given to it by `router.tsx`. */
export const rootRoute = createRootRoute()
