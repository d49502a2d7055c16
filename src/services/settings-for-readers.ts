import { settingsInMarkdown } from '../platform/settings.ts'
import { SERVICE_NAMES, SERVICES } from './index.ts'
import { PROCESS_SETTINGS } from './process-settings.ts'

/** Every setting in Markdown: those of any process, then those of each service. */
export function settingsForReaders(): string {
  const services = SERVICE_NAMES.map((name) => {
    const { about, settings } = SERVICES[name]
    return `\n**\`${name}\`**: ${about}\n\n${settingsInMarkdown([settings])}`
  })
  return [`**Any process**\n\n${settingsInMarkdown([PROCESS_SETTINGS])}`, ...services].join('\n')
}
