import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The bill of materials of an image (CycloneDX 1.6): Node, the packages that are in the folder, and the Debian packages
 * whose libraries are kept. Read from what is there, after the Dockerfile has taken things out, not from what was
 * asked for. Usage: node sbom.ts APP-FOLDER DPKG-STATUS
 */
interface Installed {
  version: string
  integrity?: string
  license?: string
}

const [app = '', statusFile = ''] = process.argv.slice(2)

const lock = JSON.parse(readFileSync(join(app, 'node_modules/.package-lock.json'), 'utf8')) as {
  packages: Record<string, Installed>
}
const packages = Object.entries(lock.packages)
  .filter(([path]) => existsSync(join(app, path, 'package.json')))
  .map(([path, { version, integrity, license }]) => {
    const name = path.replace(/^.*node_modules\//, '')
    const [algorithm = '', digest = ''] = integrity?.split('-') ?? []
    return {
      type: 'library',
      name,
      version,
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
      ...(algorithm === 'sha512'
        ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
        : {}),
    }
  })

const libraries = readFileSync(statusFile, 'utf8')
  .split('\n\n')
  .flatMap((entry) => {
    const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(entry)?.[1] ?? ''
    const [name, version, arch] = [field('Package'), field('Version'), field('Architecture')]
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${arch}`
    return name === '' ? [] : [{ type: 'library', name, version, purl }]
  })

const node = process.versions.node
const runtime = { type: 'platform', name: 'node', version: node, purl: `pkg:generic/node@${node}` }

console.log(
  JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      components: [runtime, ...libraries, ...packages],
    },
    null,
    1,
  ),
)
