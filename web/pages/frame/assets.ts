import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { App } from '../../../src/platform/http/app.ts'
import { takesGzip } from '../../../src/platform/http/headers.ts'
import { compiled } from '../../compiled.ts'

/** Files that pages load, under addresses that change with their content. */
export interface Assets {
  /** The address of `shop.css`, or of an island by its name (`quantity.js`). */
  href(name: string): string
  routes(app: App): void
}

interface Asset {
  readonly path: string
  readonly type: string
  readonly body: Buffer
  readonly gzip: Buffer
}

const WEB = new URL('../../', import.meta.url)
const FOR_EVER = 'public, max-age=31536000, immutable'

/** Reads the style sheet and every island, once. Islands are TypeScript: their types are taken out here. */
export function readAssets(): Assets {
  const assets = new Map<string, Asset>([
    [
      'shop.css',
      assetOf(
        'shop.css',
        'text/css; charset=utf-8',
        ['ui/tokens.css', 'ui/banner.css', 'pages/shop.css'].map(textOf).join(''),
      ),
    ],
    ['icon.svg', assetOf('icon.svg', 'image/svg+xml', textOf('pages/icon.svg'))],
  ])
  const folder = new URL('islands/', WEB)
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const name = file.replace(/\.ts$/, '.js')
    assets.set(
      name,
      assetOf(
        name,
        'text/javascript; charset=utf-8',
        compiled('island', file, readFileSync(new URL(file, folder), 'utf8')),
      ),
    )
  }
  return {
    href: (name) => {
      const asset = assets.get(name)
      if (!asset) throw new Error(`there is no asset ${name}`)
      return asset.path
    },
    routes: (app) => {
      for (const asset of assets.values()) serve(app, asset)
    },
  }
}

const textOf = (file: string) => readFileSync(new URL(file, WEB), 'utf8')

function assetOf(name: string, type: string, text: string): Asset {
  const body = Buffer.from(text)
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12)
  const [stem, ending] = name.split('.')
  return { path: `/assets/${stem}.${hash}.${ending}`, type, body, gzip: gzipSync(body) }
}

function serve(app: App, { path, type, body, gzip }: Asset): void {
  app.route({
    method: 'GET',
    url: path,
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: async (request, reply) => {
      reply.type(type).header('cache-control', FOR_EVER).header('vary', 'accept-encoding')
      if (!takesGzip(request.headers['accept-encoding'])) return reply.send(body)
      return reply.header('content-encoding', 'gzip').send(gzip)
    },
  })
}
