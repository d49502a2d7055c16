import type { Proof } from '../../kit/proof.ts'
import { attempt, run, words } from '../../kit/shell.ts'

/**
 * A network of the proof's own, in namespaces: a private one that this machine has no way into, and three hosts of it
 * that also stand on a line to this machine, the bastion, nginx and the bank (addresses are those of documentation,
 * RFC 5737).
 */
export interface Network {
  /** Name of the namespace of a host, for `ip netns exec`. */
  of(host: Host): string
}

export type Host = keyof typeof PRIVATE

/** Addresses in the private network. */
export const PRIVATE = {
  bastion: '198.51.100.2',
  front: '198.51.100.3',
  database: '198.51.100.5',
  bank: '198.51.100.9',
  app1: '198.51.100.11',
  app2: '198.51.100.12',
  worker: '198.51.100.13',
  batch: '198.51.100.14',
} as const

/** Of those who are on a line to this machine: our end, and theirs. */
export const PUBLIC = {
  bastion: { ours: '203.0.113.1', theirs: '203.0.113.2' },
  front: { ours: '203.0.113.5', theirs: '203.0.113.6' },
  bank: { ours: '203.0.113.9', theirs: '203.0.113.10' },
} as const

const HOSTS = Object.keys(PRIVATE).filter((name): name is Host => name in PRIVATE)
const LINES = Object.entries(PUBLIC) as [keyof typeof PUBLIC, { ours: string; theirs: string }][]

/** Why there can be no such network here; undefined when there can. */
export async function noNetwork(): Promise<string | undefined> {
  const routes = await attempt('ip', ['route'])
  if (routes.code !== 0) return 'there is no ip here'
  if (/^(198\.51\.100|203\.0\.113)\./m.test(routes.out)) return 'its addresses are in use here'
  const name = `probe-${process.pid}`
  const made = await attempt('ip', ['netns', 'add', name])
  if (made.code !== 0) return made.all.trim()
  const bridge = await attempt('ip', ['-n', name, 'link', 'add', 'name', 'private0', 'type', 'bridge'])
  await attempt('ip', ['netns', 'del', name])
  return bridge.code === 0 ? undefined : bridge.all.trim()
}

export async function startNetwork(proof: Proof): Promise<Network> {
  const of = (host: Host) => `prove-${process.pid}-${host}`
  const ip = (line: string) => run('ip', words(line))
  for (const host of HOSTS) {
    await ip(`netns add ${of(host)}`)
    // Its ends of all lines go with it.
    proof.after(() => ip(`netns del ${of(host)}`))
    await ip(`-n ${of(host)} link set lo up`)
  }
  const hub = of('bastion')
  await ip(`-n ${hub} link add name private0 type bridge`)
  await ip(`-n ${hub} addr add ${PRIVATE.bastion}/24 dev private0`)
  await ip(`-n ${hub} link set private0 up`)
  for (const host of HOSTS.filter((one) => one !== 'bastion')) {
    await ip(`-n ${hub} link add name ${host} type veth peer name private0 netns ${of(host)}`)
    await ip(`-n ${hub} link set ${host} master private0 up`)
    await ip(`-n ${of(host)} addr add ${PRIVATE[host]}/24 dev private0`)
    await ip(`-n ${of(host)} link set private0 up`)
  }
  for (const [n, [host, { ours, theirs }]] of LINES.entries()) {
    const line = `pv${process.pid}n${n}`
    await ip(`link add name ${line} type veth peer name public0 netns ${of(host)}`)
    await ip(`addr add ${ours}/30 dev ${line}`)
    await ip(`link set ${line} up`)
    await ip(`-n ${of(host)} addr add ${theirs}/30 dev public0`)
    await ip(`-n ${of(host)} link set public0 up`)
  }
  // Servers reach the provider by the address its pages have for customers.
  for (const host of ['app1', 'app2', 'worker', 'batch'] as const)
    await ip(`-n ${of(host)} route add ${PUBLIC.bank.theirs} via ${PRIVATE.bank}`)
  return { of }
}
