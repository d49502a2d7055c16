import { describe, expect, it } from 'vitest'
import { addressesIn, fits, operationsIn } from './journeys.ts'

const ROUTES = `
  app.route({ method: 'GET', url: '/api/items/:id', schema: { operationId: 'getItem' } })
  app.route({
    method: 'POST',
    url: '/api/items/:id/pictures',
    schema: { summary: 'x', operationId: 'addPicture' },
  })
  app.route({ method: 'GET', url: '/items', handler })
  app.route({ method: 'POST', url: \`/api/proposals/:id/\${verb}\`, schema: { operationId: \`\${verb}Proposal\` } })`

describe('operations that no journey names', () => {
  it('are those whose routes have a name, each by itself', () => {
    expect(operationsIn(ROUTES)).toEqual([
      { operationId: 'getItem', method: 'GET', url: '/api/items/:id' },
      { operationId: 'addPicture', method: 'POST', url: '/api/items/:id/pictures' },
    ])
  })

  /** Values of a template are written `<so>` here. */
  const written = (journey: string) => journey.replaceAll('<', ['$', '{'].join('')).replaceAll('>', '}')
  const names = (journey: string, url: string) =>
    addressesIn(written(journey)).some((address) => fits(address, { url }))
  it.each([
    ["get('/api/items/7')", '/api/items/:id', true],
    ['get(`/api/items/<id>?size=<n>`)', '/api/items/:id', true],
    ['post(`<path>/pictures`)', '/api/items/:id/pictures', true],
    ['fetch(`<system.url>/api/items/<id>/pictures`)', '/api/items/:id/pictures', true],
    ["get('/api/items')", '/api/items/:id', false],
    ["get('/api/items/7')", '/api/items/:id/pictures', false],
    ["post('/pictures')", '/api/items/:id/pictures', false],
    ['del(`<path>/<id>`)', '/api/items/:id', false],
    ["get('/api/books/7')", '/api/items/:id', false],
  ])('%s names %s: %s', (journey, url, named) => {
    expect(names(journey, url)).toBe(named)
  })
})
