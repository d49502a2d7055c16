import { Command } from 'commander'
import { INTERRUPTED, interruptible } from '../interruptible.ts'
import { oneShot } from '../one-shot.ts'
import { startProgress } from '../progress.ts'

/** Some tokens cannot be read by any key that is set. */
const UNREADABLE = 3

const NAMES = {
  payment_method: 'payment method',
  receipt_number: 'number for the cash receipt of payment',
} as const

interface Options {
  dryRun?: boolean
  json?: boolean
}

/** `pillivery tokens re-encrypt`: the last step of changing PAYMENT_TOKEN_KEY. */
export function tokensCommand(stopping: AbortSignal): Command {
  const reEncrypt = new Command('re-encrypt')
    .description(
      'Encrypt stored payment methods, and numbers for cash receipts, by the first key of PAYMENT_TOKEN_KEY, while servers go on',
    )
    .option('--dry-run', 'count what an earlier key encrypts; write nothing')
    .option('--json', 'the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Exit code 0: all are encrypted by the first key, the others may go once every server has it first. ${UNREADABLE}: some
cannot be read by any key that is set; they stay as they are. 1: it failed. ${INTERRUPTED}: Ctrl-C.
Starting it again is harmless: it goes on with what is left.`,
    )
    .action((options: Options) => run(stopping, options))
  return new Command('tokens')
    .description('Stored payment methods, and numbers for cash receipts')
    .addCommand(reEncrypt)
}

async function run(stopping: AbortSignal, { dryRun = false, json = false }: Options): Promise<void> {
  await oneShot(['shop'], stopping, async (runtime) => {
    const { payments } = runtime.service('shop')
    const old = await payments.countOldTokens()
    if (dryRun) return console.log(json ? JSON.stringify({ old }) : `${old} to be encrypted anew`)
    const progress = startProgress('tokens', old)
    const ended = await interruptible(stopping, (signal) =>
      payments.reEncryptTokens({ signal, onProgress: progress.update }),
    ).finally(progress.stop)
    const { done, moved, unreadable, complete } = ended
    const text = `${done} encrypted anew, ${moved} changed by others meanwhile, ${unreadable.length} unreadable`
    console.log(json ? JSON.stringify(ended) : text)
    if (!json) for (const { what, id } of unreadable) console.log(`  unreadable: ${NAMES[what]} ${id}`)
    if (unreadable.length > 0) process.exitCode = UNREADABLE
    if (!complete) process.exitCode = INTERRUPTED
  })
}
