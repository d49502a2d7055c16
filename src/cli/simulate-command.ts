import { Command, InvalidArgumentError } from 'commander'
import type { SimulationOptions } from '../../simulation/simulate.ts'

/** `simulate`: customers living through a year. */
export function simulateCommand(stopping: AbortSignal): Command {
  return new Command('simulate')
    .description(
      'Live through a year of recurring payment in minutes, and compare customers, shop and bank won for won',
    )
    .option('--days <n>', 'how many days', whole(1, 3_650), 365)
    .option('--subscriptions <n>', 'how many customers subscribe', whole(1, 100_000), 1_000)
    .option('--seed <n>', 'the same seed gives the same wishes and troubles', whole(0, 4_294_967_295), 1)
    .option('--declines <percent>', 'share of recurring charges the bank refuses', percent, 5)
    .option(
      '--lost <percent>',
      'share of recurring charges whose answer is lost, half of them after the charge',
      percent,
      0.4,
    )
    .option('--act-every <days>', 'days between two wishes of one customer, on average', whole(1, 3_650), 60)
    .option('--json', 'the proof as JSON on standard output')
    .addHelpText(
      'after',
      `
Everything is real but the time, the bank and the customers: a database of its own that is thrown away, the HTTP
routes, events, the billing run at 02:00 and what is due between runs. In the end every charge is held against what
the customers agreed to, by their own diaries: its day, its amount, once. Exit code 1 on any difference, and when
nothing was proven because no recurring charge came due.`,
    )
    .action(async (options: SimulationOptions) => {
      const { simulate } = await import('../../simulation/simulate.ts')
      await simulate(options, stopping)
    })
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
    return value
  }
}

function percent(text: string): number {
  const value = Number(text.replace(/%$/, ''))
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError('It must be a share like 5%.')
  return value
}
