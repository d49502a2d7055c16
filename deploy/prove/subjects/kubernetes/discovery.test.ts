import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from '../../kit/shell.ts'

interface Job {
  job_name: string
  kubernetes_sd_configs: { role: string }[]
  relabel_configs: { source_labels?: string[]; regex?: string; action?: string }[]
}

it('asks no pod that has ended for figures: it keeps its annotations and its address', () => {
  const settings = readFileSync(join(ROOT, 'deploy/kubernetes/prometheus.yml'), 'utf8')
  const jobs = (parse(settings) as { scrape_configs: Job[] }).scrape_configs
  const asking = jobs.filter(
    ({ relabel_configs }) =>
      !relabel_configs.some(
        ({ source_labels = [], regex, action }) =>
          action === 'drop' &&
          String(source_labels) === '__meta_kubernetes_pod_phase' &&
          ['Succeeded', 'Failed'].every((phase) => new RegExp(`^(?:${regex})$`).test(phase)),
      ),
  )
  expect(jobs.map(({ job_name }) => job_name)).toEqual(['pillivery', 'postgres'])
  expect(asking.map(({ job_name }) => job_name)).toEqual([])
})
