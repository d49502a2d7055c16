import { expect, it } from 'vitest'
import { optional, setting, text } from '../../platform/settings.ts'
import { SERVICE_NAMES, SERVICES } from '../index.ts'
import { PROCESS_SETTINGS } from '../process-settings.ts'
import { shownOf } from './settings-route.ts'

it('settings are shown as they are in force, secrets never', () => {
  const table = {
    port: setting('PORT', '8080', 'Port', text),
    key: optional('KEY', 'Key', text, { secret: true }),
    peer: optional('PEER_URL', 'Somebody else', text),
  }
  const environment = { KEY: 'hush', PEER_URL: 'https://me:word@peer.test/path', PORT: '' }
  expect(shownOf('process', table, environment)).toEqual([
    { owner: 'process', name: 'PORT', about: 'Port', value: '8080', isSecret: false, isSet: false },
    { owner: 'process', name: 'KEY', about: 'Key', value: null, isSecret: true, isSet: true },
    {
      owner: 'process',
      name: 'PEER_URL',
      about: 'Somebody else',
      value: 'https://…@peer.test/path',
      isSecret: false,
      isSet: true,
    },
  ])
})

it('what sounds like a secret is marked as one', () => {
  const tables = [PROCESS_SETTINGS, ...SERVICE_NAMES.map((name) => SERVICES[name].settings)]
  const open = tables
    .flatMap((table) => Object.values(table))
    .filter(({ secret }) => !secret)
    .map(({ name }) => name)
  expect(open.length).toBeGreaterThan(20)
  // Durations and choices about stored payment tokens, and what a browser may know.
  const harmless = [
    'PAYMENT_TOKEN_SETTLE_MINUTES',
    'PAYMENT_TOKEN_UNCHANGED',
    'TOKEN_ISSUER',
    'TOSS_CLIENT_KEY',
  ]
  const telling = open.filter((name) => /SECRET|PASSWORD|TOKEN|KEY|CREDENTIAL/.test(name))
  expect(telling.filter((name) => !harmless.includes(name))).toEqual([])
})
