import type { Proof } from '../../kit/proof.ts'
import { findConsole } from '../images.ts'
import type { Yard } from './yard.ts'

const RELEASE = '/srv/pillivery/current'
/** Packages that compile or build. */
const BUILDERS = ['rolldown', '@rolldown', '@oxc-project', 'vite', 'typescript']
const PAGES = ['/', '/en', '/library', '/cart', '/login']

/** Pages come of what the archive brought: nothing on a server compiles or builds them. */
export async function provePages(proof: Proof, { front, booted: { app1 } }: Yard): Promise<void> {
  const wrong: string[] = []
  for (const name of BUILDERS) {
    const { code } = await app1.attempt('test', '-e', `${RELEASE}/node_modules/${name}`)
    if (code === 0) wrong.push(`${name} is there`)
  }
  const scripts = new Set<string>()
  for (const path of PAGES) {
    const answer = await fetch(`${front}${path}`)
    const text = await answer.text()
    const found = [...text.matchAll(/src="(\/assets\/[^"]+\.js)"/g)].map(([, script = '']) => script)
    if (answer.status !== 200 || found.length === 0)
      wrong.push(`${path}: ${answer.status}, ${found.length} scripts`)
    for (const script of found) scripts.add(script)
  }
  for (const script of scripts) {
    const answer = await fetch(`${front}${script}`)
    if (answer.status !== 200 || (await answer.text()) === '') wrong.push(`${script}: ${answer.status}`)
  }
  const node = `${RELEASE}/node_modules/.bin/node`
  const built = (await app1.attempt(node, '-e', findConsole(RELEASE))).all.trim()
  if (built !== 'built') wrong.push(`the console: ${built}`)
  proof.claim(
    'a server shows pages of what was packed, the console among them, and has nothing that compiles or builds',
    wrong.length === 0 && scripts.size > 0,
    wrong.join('; ') || `${PAGES.join(' ')}, ${scripts.size} scripts; the console is ${built}`,
  )
}
