import { UPSTREAMS, type Upstream } from '../../gateway/index.ts'
import {
  type Environment,
  optional,
  readSettings,
  setting,
  url,
  type ValuesOf,
  whole,
} from '../../platform/settings.ts'
import { UserError } from '../../platform/user-error.ts'
import { PROCESS_SETTINGS, type ProcessSettings } from '../process-settings.ts'

/** The name by which `serve` is asked for the gateway. It hosts no service and has no database, so it stands alone. */
export const GATEWAY = 'gateway'

function origins(value: string): readonly string[] {
  const listed = value.split(',').map((one) => one.trim())
  if (!listed.every((one) => URL.canParse(one) && new URL(one).origin === one))
    throw new UserError('must be origins like https://app.example, several separated by commas')
  return listed
}

export const GATEWAY_SETTINGS = {
  pagesUrl: optional(
    'PAGES_URL',
    'Where the pages are: a process of identity and shop in the role api (default: SHOP_URL)',
    url('http:', 'https:'),
  ),
  corsOrigins: optional(
    'CORS_ORIGINS',
    'Origins, separated by commas, whose pages may call the API with access tokens (default: none but our own)',
    origins,
  ),
  bodyLimitBytes: setting(
    'BODY_LIMIT_BYTES',
    '36000000',
    'Longest body that is passed on; each route behind has a narrower limit of its own',
    whole(1_000, 1_000_000_000),
  ),
} as const

export type GatewayConfig = ProcessSettings &
  ValuesOf<typeof GATEWAY_SETTINGS> & {
    upstreams: ReadonlyMap<Upstream, string>
    /** Where the keys are that sign access tokens. */
    identityUrl: string
  }

/** Whether a process is to be the gateway. @throws UserError when it is to be something else as well */
export function isGateway(services: string | undefined): boolean {
  const names = (services ?? '').split(',').map((name) => name.trim())
  if (!names.includes(GATEWAY)) return false
  if (names.filter((name) => name !== '').length > 1)
    throw new UserError('The gateway stands alone: start the services behind it as processes of their own.')
  return true
}

/** @throws UserError naming every setting that is wrong or missing */
export function readGatewayConfig(environment: Environment): GatewayConfig {
  const production = environment.NODE_ENV === 'production'
  const { services: _, ...shared } = PROCESS_SETTINGS
  const table = { ...shared, ...GATEWAY_SETTINGS }
  const { values, problems } = readSettings(table, environment, production)
  const {
    identityUrl,
    shopUrl,
    pagesUrl = shopUrl,
    bookUrl,
    borrowUrl,
    dashboardUrl,
    notificationsUrl,
  } = values
  const told: Readonly<Record<Upstream, string | undefined>> = {
    identity: identityUrl,
    shop: shopUrl,
    notifications: notificationsUrl,
    book: bookUrl,
    borrow: borrowUrl,
    dashboard: dashboardUrl,
    pages: pagesUrl,
  }
  if (identityUrl === undefined)
    problems.push('IDENTITY_URL is required: the gateway checks access tokens by the keys identity publishes')
  if (problems.length > 0 || identityUrl === undefined)
    throw new UserError(`The settings are not right:\n  ${problems.join('\n  ')}`)
  const upstreams = new Map(
    UPSTREAMS.flatMap((name) => {
      const address = told[name]
      return address === undefined ? [] : [[name, new URL(address).origin] as const]
    }),
  )
  return { ...values, services: undefined, identityUrl, upstreams }
}
