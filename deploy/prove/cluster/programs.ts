import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { has, type RunOptions, run } from '../kit/shell.ts'
import { TOOLS } from '../kit/tools.ts'

/** The Kubernetes that proofs run; schemas.json of deploy/kubernetes is of the same minor version. */
export const KUBERNETES = '1.36.3'

const PROGRAMS = [
  'kubectl',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
] as const
type Program = (typeof PROGRAMS)[number]
export type Programs = Readonly<Record<Program, string>>

/** Its parts, which its module replaces by folders of its own repository. */
const PARTS =
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator component-base component-helpers controller-manager cri-api cri-client cri-streaming csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver sample-cli-plugin sample-controller'

/**
 * The programs of Kubernetes, built from their Go module (a quarter of an hour of two quiet cores, once).
 * @returns their paths, or why they are not to be had
 */
export async function kubernetesPrograms(): Promise<
  { kind: 'there'; programs: Programs } | { kind: 'missing'; because: string }
> {
  const folder = join(TOOLS, 'bin')
  const pathOf = (name: Program) => join(folder, `${name}-${KUBERNETES}`)
  const programs = Object.fromEntries(PROGRAMS.map((name) => [name, pathOf(name)])) as Programs
  if (PROGRAMS.every((name) => existsSync(pathOf(name)))) return { kind: 'there', programs }
  if (!(await has('go'))) return { kind: 'missing', because: 'no Go here to build Kubernetes with' }
  try {
    const module = writeModule()
    const options: RunOptions = { cwd: module, env: { CGO_ENABLED: '0' }, within: 90 * 60_000 }
    await run('go', ['mod', 'tidy'], options)
    mkdirSync(folder, { recursive: true })
    const [major, minor] = KUBERNETES.split('.')
    const version = 'k8s.io/component-base/version'
    const flags = `-s -w -X ${version}.gitVersion=v${KUBERNETES} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor}`
    for (const name of PROGRAMS) {
      const made = `${pathOf(name)}.new`
      await run(
        'go',
        ['build', '-trimpath', '-ldflags', flags, '-o', made, `k8s.io/kubernetes/cmd/${name}`],
        options,
      )
      renameSync(made, pathOf(name))
    }
  } catch (error) {
    return { kind: 'missing', because: `Kubernetes cannot be built: ${String(error).slice(-300)}` }
  }
  return { kind: 'there', programs }
}

function writeModule(): string {
  const module = join(TOOLS, 'module/kubernetes')
  rmSync(module, { recursive: true, force: true })
  mkdirSync(module, { recursive: true })
  const replaced = PARTS.split(' ').map(
    (part) => `replace k8s.io/${part} => k8s.io/${part} v${KUBERNETES.replace(/^1/, '0')}`,
  )
  writeFileSync(
    join(module, 'go.mod'),
    `module proof\ngo 1.26.0\nrequire k8s.io/kubernetes v${KUBERNETES}\n${replaced.join('\n')}\n`,
  )
  const imports = PROGRAMS.map((name) => `\t_ "k8s.io/kubernetes/cmd/${name}"`).join('\n')
  writeFileSync(join(module, 'tools.go'), `//go:build tools\n\npackage tools\n\nimport (\n${imports}\n)\n`)
  return module
}
