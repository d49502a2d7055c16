import { createDashboard, type Dashboards, dashboardSchema } from '../../library/dashboard/index.ts'
import { dashboardsFace } from '../between/library-faces.ts'
import { defineService } from '../service.ts'

export type DashboardFace = Dashboards

/** What patrons see of their loans. */
export const dashboardService = defineService({
  name: 'dashboard',
  about: 'what patrons see of their loans, live; made of events only',
  schemas: [dashboardSchema],
  tells: [],
  hears: ['borrow'],
  commands: [],
  settings: {},
  create: async ({ database, clock, broadcast }) => {
    const dashboards = createDashboard({ db: database.db, clock, broadcast })
    return { modules: [dashboards.module, ...dashboardsFace(dashboards)], face: dashboards }
  },
})
