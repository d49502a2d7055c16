import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Proof } from '../kit/proof.ts'
import { attempt, ROOT } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'
import { checkCompose } from './compose.ts'
import { checkHaproxy } from './failover.ts'
import { checkKubernetes } from './kubernetes.ts'
import { checkMonitoring } from './monitoring.ts'
import { checkVmFiles } from './nginx.ts'
import { checkPipelines } from './pipelines.ts'
import { checkWatching } from './watching.ts'

/** What can be checked in two minutes, without starting anything. Part of the gate. */
export async function proveQuick(proof: Proof): Promise<void> {
  const missing = new Set(
    await install('shellcheck', 'nginx', 'haproxy', 'promtool', 'prometheus-alertmanager', 'systemd-analyze'),
  )
  const needs = async (program: string, what: string, check: (proof: Proof) => Promise<void>) =>
    missing.has(program) ? proof.skip(what, `${program} cannot be installed here`) : check(proof)
  await needs('shellcheck', 'shell scripts', checkShell)
  await needs('nginx', 'nginx takes the files for virtual machines', checkVmFiles)
  await needs('haproxy', 'haproxy takes its file', checkHaproxy)
  await checkPipelines(proof, 60)
  await checkCompose(proof)
  await checkWatching(proof)
  await checkKubernetes(proof, 120)
  await needs('systemd-analyze', 'systemd takes the units', checkUnits)
  if (missing.has('prometheus-alertmanager')) proof.skip('alarms', 'amtool cannot be installed here')
  else await needs('promtool', 'alarms', checkMonitoring)
}

/** Of systemd's own scale, 0 to 10: what a unit may do that it need not. */
const MOST_EXPOSED = 2

/** It ends with 0 also when it does not know a line: anything it says is a failure. */
export async function checkUnits(proof: Proof): Promise<void> {
  for (const path of globSync('deploy/**/*.{service,timer}', { cwd: ROOT }).toSorted()) {
    const unit = join(proof.folder, basename(path))
    // What the unit starts is not on this machine.
    const text = readFileSync(join(ROOT, path), 'utf8').replaceAll(
      /\/srv\/pillivery\/current\/node_modules\/\.bin\/node|\/(usr\/local\/lib|opt)\/pillivery\/[\w/-]+\.sh/g,
      '/bin/true',
    )
    writeFileSync(unit, text)
    const { all } = await attempt('systemd-analyze', ['verify', '--man=no', unit])
    const own = all.split('\n').filter((line) => line.includes(basename(path)))
    proof.claim(`systemd takes ${basename(path)}`, own.length === 0, own.join('; ') || 'nothing to say')
    if (path.endsWith('.service')) await checkExposure(proof, unit)
  }
}

async function checkExposure(proof: Proof, unit: string): Promise<void> {
  const { all } = await attempt('systemd-analyze', ['security', '--offline=true', '--no-pager', unit])
  const found = /Overall exposure level for .*: ([\d.]+)/.exec(all)?.[1]
  proof.claim(
    `${basename(unit)} may do little that it need not`,
    found !== undefined && Number(found) <= MOST_EXPOSED,
    `exposure ${found ?? all.slice(-200)} of 10`,
  )
}

async function checkShell(proof: Proof): Promise<void> {
  const scripts = globSync('deploy/**/*.sh', { cwd: ROOT })
  const { code, all } = await attempt('shellcheck', scripts)
  proof.claim(
    'shellcheck finds nothing in the scripts',
    code === 0,
    all.trim() || `${scripts.length} scripts`,
  )
}
