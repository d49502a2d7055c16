import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { publishedEvents } from './published-events.ts'

/** `asyncapi`: the contracts of all events, as `/asyncapi.json` serves them. It needs neither settings nor a database. */
export function asyncApiCommand(): Command {
  return new Command('asyncapi')
    .description('Print the AsyncAPI document of all events that are told')
    .option('--out <file>', 'write it into a file')
    .action(async ({ out }: { out?: string }) => {
      const document = `${JSON.stringify(await publishedEvents(VERSION), null, 2)}\n`
      if (out === undefined) process.stdout.write(document)
      else await writeFile(out, document)
    })
}
