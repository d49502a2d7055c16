import type { Envelope } from '../../platform/events/event.ts'
import { CONTENT_TYPE, EnvelopeSchema, PARTITIONS, topicOf } from '../../platform/events/kafka/cloud-event.ts'
import { channelOf } from './channels.ts'
import { type PublishedVersion, publishedVersions } from './events.ts'

type Members = Record<string, unknown>

const BINDING = '0.5.0'
const DESCRIPTION = `Everything Pillivery tells, for whoever wants to hear it. One message is one CloudEvents 1.0 envelope in structured mode, a single JSON text; \`data\` is what the schema of the event's type and version says.

- **Key** of a message: the id of its aggregate, \`subject\`. All events of one aggregate are in one partition, by rising \`subjectversion\`.
- **At least once**: a message may come again. \`id\` says which event it is: keep it together with the effect.
- **From the beginning**: topics keep everything, so a new consumer group that starts at the earliest offset gets the whole history, former versions of events included.
- **Growth**: within a version only optional members are added, so leave out what you do not know. What cannot be said so is a new version of the type (\`schemaversion\`); pass over, or wait for, versions you do not know.
- No event carries names, addresses or credentials of people: \`customerId\` and \`patronId\` are the id of their account.`

/** Numbers of a document that are the same wherever it is written; addresses are parameters of it. */
const EXAMPLE = {
  id: '01930000-7000-7000-8000-000000000000',
  subject: '01930002-7000-7000-8000-000000000000',
  time: '2026-11-21T00:05:00.123Z',
} as const

/**
 * The AsyncAPI 3.0 document of all published events, made of the contracts themselves: a channel for each topic, a
 * message for each type and version with the schema its readers hold it against, and the sample that is kept of it.
 * @param version of this software
 */
export function asyncApiDocument(version: string): Members {
  const byChannel = Map.groupBy(publishedVersions(), ({ type }) => topicNameOf(type))
  const all = [...byChannel.values()].flat()
  return {
    asyncapi: '3.0.0',
    id: 'urn:pillivery:events',
    info: {
      title: 'Pillivery events',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT' },
    },
    defaultContentType: CONTENT_TYPE,
    servers: {
      kafka: {
        host: '{broker}',
        protocol: 'kafka',
        description: 'The Kafka of the installation (setting KAFKA_BROKERS)',
        variables: { broker: { default: 'localhost:9092', description: 'host:port of one of its brokers' } },
      },
    },
    channels: Object.fromEntries([...byChannel].map(([name, versions]) => [name, channel(name, versions)])),
    operations: Object.fromEntries(
      [...byChannel].map(([name, versions]) => [`tell.${name}`, operation(name, versions)]),
    ),
    components: {
      messages: Object.fromEntries(all.map((one) => [nameOf(one), message(one)])),
      schemas: {
        CloudEvent: EnvelopeSchema,
        ...Object.fromEntries(all.map((one) => [nameOf(one), one.schema])),
      },
    },
  }
}

/** `library.loan` of `library.loan.returned`: what stands behind the prefix of a topic. */
function topicNameOf(type: string): string {
  return topicOf('', type).slice(1)
}

function nameOf({ type, version }: PublishedVersion): string {
  return `${type}.v${version}`
}

function channel(name: string, versions: readonly PublishedVersion[]): Members {
  const { title, key, teller } = channelOf(`${name}.`)
  return {
    address: `{prefix}.${name}`,
    title,
    description: `Told by the service ${teller}. Key: id of the ${key}.`,
    servers: [{ $ref: '#/servers/kafka' }],
    parameters: {
      prefix: { default: 'pillivery', description: 'Of the installation (setting KAFKA_PREFIX)' },
    },
    messages: Object.fromEntries(
      versions.map((one) => [nameOf(one), { $ref: `#/components/messages/${nameOf(one)}` }]),
    ),
    tags: [{ name: teller }],
    bindings: {
      kafka: {
        partitions: PARTITIONS,
        topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': -1 },
        bindingVersion: BINDING,
      },
    },
  }
}

function operation(name: string, versions: readonly PublishedVersion[]): Members {
  const { title, teller } = channelOf(`${name}.`)
  return {
    action: 'send',
    title,
    channel: { $ref: `#/channels/${name}` },
    // Those of former versions are in the channel, and told no more.
    messages: versions
      .filter(({ former }) => !former)
      .map((one) => ({ $ref: `#/channels/${name}/messages/${nameOf(one)}` })),
    tags: [{ name: teller }],
  }
}

function message(one: PublishedVersion): Members {
  const { type, version, schema, former } = one
  const { key } = channelOf(type)
  const about = String((schema as { description?: string }).description)
  return {
    name: nameOf(one),
    title: `${type}, version ${version}`,
    summary: former ? `Told no more, and still in the topic. ${about}` : about,
    contentType: CONTENT_TYPE,
    headers: {
      type: 'object',
      required: ['content-type'],
      properties: { 'content-type': { const: CONTENT_TYPE } },
    },
    payload: {
      allOf: [
        { $ref: '#/components/schemas/CloudEvent' },
        {
          type: 'object',
          properties: {
            type: { const: type },
            schemaversion: { const: version },
            dataschema: { const: dataSchemaOf(one) },
            data: { $ref: `#/components/schemas/${nameOf(one)}` },
          },
        },
      ],
    },
    bindings: {
      kafka: {
        key: { type: 'string', minLength: 1, description: `\`subject\`: id of the ${key}` },
        bindingVersion: BINDING,
      },
    },
    examples: [{ name: nameOf(one), headers: { 'content-type': CONTENT_TYPE }, payload: example(one) }],
  }
}

function dataSchemaOf({ type, version }: PublishedVersion): string {
  return `urn:pillivery:${type}:${version}`
}

function example(one: PublishedVersion): Envelope {
  const { source } = channelOf(one.type)
  return {
    specversion: '1.0',
    id: EXAMPLE.id,
    source,
    type: one.type,
    subject: EXAMPLE.subject,
    time: EXAMPLE.time,
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(one),
    data: one.sample,
    subjectversion: 1,
    schemaversion: one.version,
  }
}
