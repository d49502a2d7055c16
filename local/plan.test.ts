import { expect, it } from 'vitest'
import { isGateway, readGatewayConfig } from '../src/services/between/gateway.ts'
import { databaseSettingOf, readConfig } from '../src/services/config.ts'
import { SERVICE_NAMES } from '../src/services/names.ts'
import { MEMBERS, membersNamed, settingsOf } from './plan.ts'

const place = {
  publicUrl: 'http://127.0.0.1:8080',
  folder: '/tmp/never-made',
  ports: new Map(MEMBERS.map(({ name }, index) => [name, 9_000 + index])),
  databases: new Map(
    SERVICE_NAMES.map((name) => [name, `postgres://${name}:pw@127.0.0.1/pillivery_${name}`]),
  ),
  brokers: '127.0.0.1:9092',
  serviceToken: 'x'.repeat(40),
  more: {},
}

it('is right as settings, and no process but the one with the pages knows a second database', () => {
  for (const member of MEMBERS) {
    const settings = settingsOf(member, place)
    const databases = SERVICE_NAMES.filter((name) => databaseSettingOf(name) in settings)
    if (isGateway(member.services)) {
      expect(readGatewayConfig(settings).upstreams.size).toBe(7)
      expect({ databases, token: settings.SERVICE_TOKEN }).toEqual({ databases: [], token: undefined })
    } else {
      expect(readConfig(settings).services.join()).toBe(member.services)
      expect(databases.join()).toBe(member.services)
    }
  }
})

it('works for every service once or more, and answers for it', () => {
  for (const name of SERVICE_NAMES) {
    const own = MEMBERS.filter(({ services }) => services.split(',').includes(name))
    expect(own.filter(({ role }) => role !== 'api')).toHaveLength(1)
    expect(own.some(({ role }) => role !== 'worker')).toBe(true)
  }
})

it('leaves out whoever has no port, and waits for nobody who is not there', () => {
  const members = membersNamed(['identity', 'book', 'gateway'])
  const ports = new Map(members.map(({ name }, index) => [name, 9_000 + index]))
  expect(members.map(({ name, after }) => [name, ...after])).toEqual([
    ['identity'],
    ['book', 'identity'],
    ['gateway', 'book'],
  ])
  for (const member of members) {
    const settings = settingsOf(member, { ...place, ports })
    expect(settings.BOOK_URL).toBe('http://127.0.0.1:9001')
    expect(settings).not.toHaveProperty('SHOP_URL')
  }
})
