import { type KubeObject, type Opening, of, type Peer, type Pod, selects } from './objects.ts'

/** What network policies let through, as the specification reads them; who enforces them is the cluster's network. */

/** The rules for one direction; undefined when no policy speaks of these pods, which lets everything through. */
function openings(
  objects: readonly KubeObject[],
  pod: Pod,
  direction: 'ingress' | 'egress',
): Opening[] | undefined {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress'
  const policies = of(objects, 'NetworkPolicy').filter(
    ({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, pod.metadata.labels),
  )
  return policies.length === 0 ? undefined : policies.flatMap(({ spec }) => spec[direction] ?? [])
}

/** An empty list is none: the specification reads it as everybody, and every port. */
const given = <T>(list: readonly T[] | undefined) => (list?.length ? list : undefined)

function allowsPort({ ports }: Opening, port: number): boolean {
  return (
    given(ports) === undefined ||
    (ports ?? []).some((one) => one.port === port && (one.protocol ?? 'TCP') === 'TCP')
  )
}

/** A peer of the same namespace, or of any. */
function isPod(peer: Peer, pod: Pod): boolean {
  const { podSelector, namespaceSelector, ipBlock } = peer
  if (ipBlock !== undefined || (namespaceSelector !== undefined && !isAnybody(peer))) return false
  if (podSelector === undefined) return namespaceSelector !== undefined
  return selects(podSelector, pod.metadata.labels)
}

/** Whether pods of the same namespace reach one another: both ends have to let it through. */
export function reaches(objects: readonly KubeObject[], from: Pod, to: Pod, port: number): boolean {
  const out = openings(objects, from, 'egress')
  const into = openings(objects, to, 'ingress')
  const goes = out?.some(
    (one) => allowsPort(one, port) && (given(one.to)?.some((peer) => isPod(peer, to)) ?? true),
  )
  const comes = into?.some(
    (one) => allowsPort(one, port) && (given(one.from)?.some((peer) => isPod(peer, from)) ?? true),
  )
  return (goes ?? true) && (comes ?? true)
}

/** Fewer bits than this are no machine one knows, but whole networks. */
const NARROW_BITS = 16

/** Whether a block of addresses holds more than machines one knows. */
export function isWide(cidr: string): boolean {
  return Number(cidr.split('/')[1] ?? 32) < NARROW_BITS
}

/**
 * Whether a peer may be somebody nobody has named: pods of other namespaces (whose labels others give them, unless one
 * namespace is named by its own name), or a wide range of addresses.
 */
function isAnybody({ namespaceSelector, ipBlock }: Peer): boolean {
  if (ipBlock !== undefined) return isWide(ipBlock.cidr)
  if (namespaceSelector === undefined) return false
  return namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'] === undefined
}

/** Whether a pod lets in whoever comes from outside of the cluster, or of its namespace. */
export function isOpenToAll(objects: readonly KubeObject[], pod: Pod, port: number): boolean {
  const into = openings(objects, pod, 'ingress')
  return into?.some((one) => allowsPort(one, port) && (given(one.from)?.some(isAnybody) ?? true)) ?? true
}

/** Whether a pod reaches an address outside of the cluster. */
export function reachesAddress(
  objects: readonly KubeObject[],
  pod: Pod,
  address: string,
  port: number,
): boolean {
  const out = openings(objects, pod, 'egress')
  const isIn = ({ ipBlock }: Peer) =>
    ipBlock !== undefined &&
    isWithin(address, ipBlock.cidr) &&
    !(ipBlock.except ?? []).some((hole) => isWithin(address, hole))
  return out?.some((one) => allowsPort(one, port) && (given(one.to)?.some(isIn) ?? true)) ?? true
}

/** IPv4 only. */
export function isWithin(address: string, cidr: string): boolean {
  const [network = '', length = '32'] = cidr.split('/')
  const size = 2 ** (32 - Number(length))
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(network) / size)
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
