import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

/**
 * Starts the batch machine: the scheduled function of the cloud (NCP Cloud Functions), a few minutes before 02:00 in
 * Seoul. Starting one that runs changes nothing, so it may be called again. When the machine is not up in time, Slack
 * is told; the alarm BillingLate is the second line, should this function itself never run.
 */
export interface StartVm {
  apiUrl: string
  accessKey: string
  secretKey: string
  /** `serverInstanceNo` of the machine. */
  instance: string
  slackWebhook: string
  /** How long it may take, in milliseconds, and how long to wait between two looks. */
  withinMs: number
  everyMs: number
  now(): number
}

export type Started = { kind: 'started' | 'was_running' } | { kind: 'failed'; because: string }

const CALL_WITHIN_MS = 10_000

export async function startVm(vm: StartVm): Promise<Started> {
  const end = await bringUp(vm).catch(
    (error: unknown): Started => ({ kind: 'failed', because: String(error) }),
  )
  if (end.kind === 'failed') await tellSlack(vm, end.because)
  return end
}

async function bringUp(vm: StartVm): Promise<Started> {
  const deadline = vm.now() + vm.withinMs
  let asked = false
  let trouble = 'it did not start in time'
  while (vm.now() < deadline) {
    try {
      const state = await stateOf(vm)
      if (state === 'RUN') return { kind: asked ? 'started' : 'was_running' }
      // Asked again while it is neither: the first request may have been lost, and a second one is refused harmlessly.
      if (state === 'NSTOP') {
        asked = true
        await call(vm, '/vserver/v2/startServerInstances')
      }
      trouble = `it is ${state}`
    } catch (error) {
      if (error instanceof Refused) return { kind: 'failed', because: error.message }
      trouble = String(error)
    }
    await new Promise((later) => setTimeout(later, vm.everyMs))
  }
  return { kind: 'failed', because: trouble }
}

async function stateOf(vm: StartVm): Promise<string> {
  const answer = (await call(vm, '/vserver/v2/getServerInstanceList')) as {
    getServerInstanceListResponse?: {
      serverInstanceList?: { serverInstanceNo: string; serverInstanceStatus?: { code?: string } }[]
    }
  }
  const list = answer.getServerInstanceListResponse?.serverInstanceList ?? []
  const found = list.find(({ serverInstanceNo }) => serverInstanceNo === vm.instance)
  if (!found) throw new Refused(`there is no machine ${vm.instance}`)
  return found.serverInstanceStatus?.code ?? 'without a state'
}

/** What asking again will not change: a wrong key, a clock that is off, a machine that is not there. */
class Refused extends Error {}

async function call(vm: StartVm, path: string): Promise<unknown> {
  const address = `${path}?regionCode=KR&serverInstanceNoList.1=${encodeURIComponent(vm.instance)}&responseFormatType=json`
  const timestamp = String(vm.now())
  const answer = await fetch(new URL(address, vm.apiUrl), {
    headers: {
      'x-ncp-apigw-timestamp': timestamp,
      'x-ncp-iam-access-key': vm.accessKey,
      'x-ncp-apigw-signature-v2': signatureOf('GET', address, timestamp, vm),
    },
    signal: AbortSignal.timeout(CALL_WITHIN_MS),
  })
  const text = await answer.text()
  if (answer.status === 401 || answer.status === 403)
    throw new Refused(`refused: ${answer.status} ${text.slice(0, 200)}`)
  if (!answer.ok) throw new Error(`${answer.status} ${text.slice(0, 200)}`)
  return JSON.parse(text)
}

/** Signature v2 of NCP's API gateway: HMAC-SHA256 of method, address, time and access key, in base64. */
export function signatureOf(
  method: string,
  address: string,
  timestamp: string,
  { accessKey, secretKey }: Pick<StartVm, 'accessKey' | 'secretKey'>,
): string {
  const text = `${method} ${address}\n${timestamp}\n${accessKey}`
  return createHmac('sha256', secretKey).update(text).digest('base64')
}

async function tellSlack({ slackWebhook, instance }: StartVm, because: string): Promise<void> {
  const text = `배치 서버 ${instance}가 시작되지 않았습니다 / the batch machine did not start: ${because}\ndeploy/monitoring/runbooks/billing-late.md`
  await fetch(slackWebhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
    signal: AbortSignal.timeout(CALL_WITHIN_MS),
  }).catch((error: unknown) => console.error(`Slack was not told: ${String(error)}`))
}

/** What the cloud calls: the trigger's default parameters are its settings. */
export async function main(given: Readonly<Record<string, string>>): Promise<Started> {
  const need = (name: string) => {
    const value = given[name]
    if (value === undefined || value === '') throw new Error(`the parameter ${name} is missing`)
    return value
  }
  return startVm({
    apiUrl: given.apiUrl ?? 'https://ncloud.apigw.ntruss.com',
    accessKey: need('accessKey'),
    secretKey: need('secretKey'),
    instance: need('instance'),
    slackWebhook: need('slackWebhook'),
    withinMs: 240_000,
    everyMs: 10_000,
    now: () => Date.now(),
  })
}

/** By hand, or by pillivery-start-batch.service: `node start-vm.ts FILE`, a file with the parameters as JSON. */
if (import.meta.main) {
  const [, , file] = process.argv
  if (file === undefined)
    throw new Error('Usage: start-vm.ts FILE (JSON: accessKey, secretKey, instance, slackWebhook)')
  const end = await main(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
  console.log(end.kind === 'failed' ? `failed: ${end.because}` : end.kind)
  process.exitCode = end.kind === 'failed' ? 1 : 0
}
