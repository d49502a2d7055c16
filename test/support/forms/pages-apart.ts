import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveGateway } from '../../../src/cli/gateway/serve-gateway.ts'
import { type Server, serve } from '../../../src/cli/serve.ts'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { createLog } from '../../../src/platform/telemetry/log.ts'
import { readGatewayConfig } from '../../../src/services/between/gateway.ts'
import { readConfig } from '../../../src/services/config.ts'
import { emptyDatabase } from '../database.ts'

/** The pages in the process of shop and accounts, the library and the letters in another one, the gateway before both. */
export interface PagesApart {
  /** Of the gateway. */
  url: string
  /** Of the process of the library itself, past everything. */
  libraryUrl: string
  stopLibrary(): Promise<void>
  startLibrary(): Promise<void>
  stop(): Promise<void>
}

/** By which addresses others know a process: its own, or that of something that stands before it. */
interface Ways {
  front?: (own: string) => Promise<string>
  library?: (own: string) => Promise<string>
}

/** Starts them on free ports and an empty database, with demo data. */
export async function startPagesApart({ front, library }: Ways = {}): Promise<PagesApart> {
  const closing: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const database = await emptyDatabase()
    closing.push(database.drop)
    const folder = await mkdtemp(join(tmpdir(), 'pillivery-pages-apart-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
    const [frontPort, libraryPort, port] = [await freePort(), await freePort(), await freePort()]
    const ownFront = `http://127.0.0.1:${frontPort}`
    const ownLibrary = `http://127.0.0.1:${libraryPort}`
    const frontUrl = (await front?.(ownFront)) ?? ownFront
    const libraryUrl = (await library?.(ownLibrary)) ?? ownLibrary
    const shared = {
      NODE_ENV: 'test',
      DATA_DIR: folder,
      DATABASE_URL: database.url,
      SERVICE_TOKEN: randomBytes(32).toString('hex'),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      TRUSTED_PROXIES: '1',
      KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
      SOCIAL_PORT: '0',
      REGISTER_PORT: '0',
      LOG_LEVEL: 'silent',
      DEMO: 'on',
    }
    const elsewhere = {
      BOOK_URL: libraryUrl,
      BORROW_URL: libraryUrl,
      DASHBOARD_URL: libraryUrl,
      NOTIFICATIONS_URL: libraryUrl,
    }
    const start = (services: string, own: number, more: Record<string, string>) => {
      const config = readConfig({ ...shared, SERVICES: services, PORT: String(own), ...more })
      return serve({ config, log: createLog('silent'), say: () => {} })
    }
    const startLibrary = () =>
      start('notifications,book,borrow,dashboard', libraryPort, {
        IDENTITY_URL: ownFront,
        SHOP_URL: ownFront,
      })
    const shop = await start('identity,shop', frontPort, elsewhere)
    closing.push(shop.stop)
    let running: Server | undefined = await startLibrary()
    const stopLibrary = async () => {
      await running?.stop()
      running = undefined
    }
    closing.push(stopLibrary)
    const entry = { ...shared, ...elsewhere, PORT: String(port), IDENTITY_URL: frontUrl, SHOP_URL: frontUrl }
    const gateway = await serveGateway(readGatewayConfig(entry), createLog('silent'))
    closing.push(gateway.stop)
    return {
      url: gateway.url,
      libraryUrl: ownLibrary,
      stopLibrary,
      startLibrary: async () => {
        running ??= await startLibrary()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
