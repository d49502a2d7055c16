import { SERVICE_NAMES, type ServiceName } from '../src/services/names.ts'

/** One process of the set, as data. */
export interface Member {
  name: string
  /** For `serve --services`. */
  services: string
  role: 'all' | 'api' | 'worker'
  /** Those that must be ready before it starts. */
  after: readonly string[]
  /** By which setting others are told where it is. */
  toldAs: readonly string[]
}

/**
 * The whole set: a process for each service, the shop's answers and work apart, and one entry. The process that shows
 * pages has accounts at hand; the library's part of them it asks of the library.
 */
export const MEMBERS: readonly Member[] = [
  { name: 'identity', services: 'identity', role: 'all', after: [], toldAs: ['IDENTITY_URL'] },
  { name: 'shop-worker', services: 'shop', role: 'worker', after: ['identity'], toldAs: [] },
  { name: 'book', services: 'book', role: 'all', after: ['identity'], toldAs: ['BOOK_URL'] },
  { name: 'borrow', services: 'borrow', role: 'all', after: ['identity'], toldAs: ['BORROW_URL'] },
  { name: 'dashboard', services: 'dashboard', role: 'all', after: ['identity'], toldAs: ['DASHBOARD_URL'] },
  {
    name: 'notifications',
    services: 'notifications',
    role: 'all',
    after: ['identity'],
    toldAs: ['NOTIFICATIONS_URL'],
  },
  // After the worker, which fills an empty shop and has the simulated bank.
  {
    name: 'shop',
    services: 'identity,shop',
    role: 'api',
    after: ['identity', 'shop-worker'],
    toldAs: ['SHOP_URL'],
  },
  {
    name: 'gateway',
    services: 'gateway',
    role: 'all',
    after: ['shop', 'book', 'borrow', 'dashboard'],
    toldAs: [],
  },
]

/** The members that are named, each after those it waits for. */
export function membersNamed(names: readonly string[]): Member[] {
  return MEMBERS.filter(({ name }) => names.includes(name)).map((member) => ({
    ...member,
    after: member.after.filter((name) => names.includes(name)),
  }))
}

export interface Place {
  /** Where people reach the set. */
  publicUrl: string
  /** Folder of secrets, mails and logs; all processes share it. */
  folder: string
  /** Of each process; who has none is not there, and nobody is told of it. */
  ports: ReadonlyMap<string, number>
  /** Address of each service's database with its own role. */
  databases: ReadonlyMap<ServiceName, string>
  /** Undefined: events stay in the one database all services share. */
  brokers: string | undefined
  serviceToken: string
  /** Further settings of every process. */
  more: Readonly<Record<string, string>>
}

/** The settings of one process: where it and the others are, and the databases of its own services alone. */
export function settingsOf(member: Member, place: Place): Record<string, string> {
  const { publicUrl, folder, ports, databases, brokers, serviceToken, more } = place
  const isGateway = member.services === 'gateway'
  const own = SERVICE_NAMES.filter((name) => member.services.split(',').includes(name))
  const urls = MEMBERS.flatMap(({ name, toldAs }) => {
    const port = ports.get(name)
    return port === undefined ? [] : toldAs.map((setting) => [setting, `http://127.0.0.1:${port}`] as const)
  })
  return {
    NODE_ENV: 'development',
    DATA_DIR: folder,
    PUBLIC_URL: publicUrl,
    PORT: String(ports.get(member.name)),
    SERVICES: member.services,
    ROLE: member.role,
    LOG_FILE: `${folder}/logs/${member.name}.log`,
    ...Object.fromEntries(urls),
    ...(isGateway
      ? {}
      : {
          TRUSTED_PROXIES: '1',
          DEMO: 'on',
          SERVICE_TOKEN: serviceToken,
          DATABASE_POOL_SIZE: '8',
          ...(brokers === undefined ? {} : { KAFKA_BROKERS: brokers }),
          ...Object.fromEntries(
            own.map((name) => [`${name.toUpperCase()}_DATABASE_URL`, databases.get(name) ?? '']),
          ),
        }),
    ...more,
  }
}
