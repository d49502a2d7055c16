import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { parentOf } from './cpu.ts'

/** Processors as `taskset` names them, e.g. `0` or `1,2,3`. */
export interface Apart {
  /** Of who sends the load. */
  readonly load: string
  /** Of what is measured: the server and its database. */
  readonly measured: string
  readonly all: string
}

/**
 * Which processors a load and what it loads may have, so that neither takes any from the other; or why both have to share
 * them. The load gets the first one: it is one thread.
 */
export function processorsApart(): Apart | { readonly shared: string } {
  const [load, ...rest] = allowed()
  if (load === undefined) return { shared: 'it is not known which processors there are' }
  if (rest.length === 0) return { shared: 'there is only one processor' }
  const all = [load, ...rest].join(',')
  try {
    keepOn(process.pid, all)
  } catch {
    return { shared: 'there is no taskset that works' }
  }
  return { load: String(load), measured: rest.join(','), all }
}

/** Keeps a process, all its threads and what it starts from now on to some processors. */
export function keepOn(pid: number, processors: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', processors, String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** The same for a process and all that it has started already; who ends meanwhile needs no processor. */
export function keepFamilyOn(pid: number, processors: string): void {
  keepOn(pid, processors)
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || parentOf(Number(name)) !== pid) continue
    try {
      keepOn(Number(name), processors)
    } catch (error) {
      if (parentOf(Number(name)) === pid) throw error
    }
  }
}

/** The processors this process may use. Linux only; nowhere else is anything known. */
function allowed(): number[] {
  try {
    const [, list = ''] =
      /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return list.split(',').flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, n) => from + n)
    })
  } catch {
    return []
  }
}
