import { Admin } from '@platformatic/kafka'
import { PARTITIONS } from './cloud-event.ts'

/** Where the broker is, and what everything of this installation is called there. */
export interface Cluster {
  /** `host:port` of some brokers; they tell the others. */
  brokers: readonly string[]
  /** Begins the names of topics, so that several installations share a broker. */
  prefix: string
}

/** How this software connects to the cluster, as its client wants it. */
export const connection = ({ brokers }: Cluster) => ({
  clientId: 'pillivery',
  bootstrapBrokers: [...brokers],
  timeout: 5_000,
  connectTimeout: 3_000,
  retries: 2,
})

/** Makes topics that are missing. They keep everything: a service that is added later begins with all that was told. */
export async function ensureTopics(cluster: Cluster, topics: readonly string[]): Promise<void> {
  const admin = new Admin(connection(cluster))
  try {
    const there = new Set(await admin.listTopics())
    const missing = topics.filter((topic) => !there.has(topic))
    for (const topic of missing) await makeTopic(admin, topic)
  } finally {
    await admin.close()
  }
}

async function makeTopic(admin: Admin, topic: string): Promise<void> {
  try {
    await admin.createTopics({
      topics: [topic],
      partitions: PARTITIONS,
      // As many copies as the broker makes by default.
      replicas: -1,
      configs: [{ name: 'retention.ms', value: '-1' }],
    })
  } catch (error) {
    // Another process was quicker.
    if (!(await admin.listTopics()).includes(topic)) throw error
  }
}

/** Who asks for figures waits no longer than this for the broker, in milliseconds. */
const ASKED_WITHIN_MS = 2_000

/** Whether a broker of the cluster answers now. Never rejects. */
export async function isBrokerThere(cluster: Cluster): Promise<boolean> {
  const admin = new Admin({
    ...connection(cluster),
    timeout: ASKED_WITHIN_MS,
    connectTimeout: ASKED_WITHIN_MS,
    retries: 0,
  })
  try {
    await admin.listTopics()
    return true
  } catch {
    return false
  } finally {
    await admin.close().catch(() => undefined)
  }
}
