import { settingsInMarkdown } from '../platform/settings.ts'
import { GATEWAY, GATEWAY_SETTINGS } from './between/gateway.ts'
import { SERVICE_NAMES, SERVICES } from './index.ts'
import { PROCESS_SETTINGS } from './process-settings.ts'

/** Every setting in Markdown: those of any process, then those of each service. */
export function settingsForReaders(): string {
  const services = SERVICE_NAMES.map((name) => {
    const { about, settings } = SERVICES[name]
    return `\n**\`${name}\`**: ${about}\n\n${settingsInMarkdown([settings])}`
  })
  const gateway = `\n**\`${GATEWAY}\`**: the single entry to services that run apart\n\n${settingsInMarkdown([GATEWAY_SETTINGS])}`
  return [`**Any process**\n\n${settingsInMarkdown([PROCESS_SETTINGS])}`, ...services, gateway].join('\n')
}
