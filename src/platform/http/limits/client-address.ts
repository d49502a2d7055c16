import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'

/**
 * Whom a limit counts as one: the address, of IPv6 its /64, which is what one customer of a provider is given. An IPv4
 * address in the clothes of IPv6 counts as what it is.
 */
export function clientAddressOf(ip: string): string {
  if (!ip.includes(':') || !isIPv6(ip)) return ip.toLowerCase()
  const [bare = ''] = ip.toLowerCase().split('%', 1)
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1]
  if (dotted !== undefined) return dotted
  const [head = '', tail] = bare.split('::', 2)
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const between = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  const first = [...before, ...(tail === undefined ? [] : between), ...after].slice(0, 4)
  return `${first.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** Groups of four digits; a dotted ending stands for two. */
function groupsOf(part: string): string[] {
  const groups = part === '' ? [] : part.split(':')
  return groups.flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}

/**
 * From where a request comes that has not been taken apart yet, as `request.ip` says of one that has.
 * @param trustedProxies how many of the hops that it says it took are believed
 */
export function callerAddress({ socket, headers }: IncomingMessage, trustedProxies: number): string {
  const { remoteAddress = '' } = socket
  const forwarded = headers['x-forwarded-for']
  if (trustedProxies === 0 || typeof forwarded !== 'string') return remoteAddress
  const hops = forwarded.split(',').flatMap((hop) => hop.trim() || [])
  return hops.at(-Math.min(trustedProxies, hops.length)) ?? remoteAddress
}
