import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Dashboard,
  DashboardBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import type { Board, Panel } from './board.ts'
import { BOARDS } from './panels.ts'

/** The data source of grafana/datasources.yml. */
const SOURCE = { type: 'prometheus', uid: 'prometheus' }
const COLUMNS = 24
const HEIGHT = 8
const [WIDE, NARROW] = [COLUMNS / 2, COLUMNS / 6]

export function dashboardOf({ title, uid, rows }: Board): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(['pillivery'])
    .timezone('Asia/Seoul')
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title))
    for (const panel of row.panels) builder.withPanel(panel.figure ? figureOf(panel) : seriesOf(panel))
  }
  return builder.build()
}

function seriesOf(panel: Panel): SeriesBuilder {
  const builder = new SeriesBuilder()
    .title(panel.title)
    .unit(panel.unit)
    .datasource(SOURCE)
    .height(HEIGHT)
    .span(WIDE)
    .min(0)
  for (const query of queriesOf(panel)) builder.withTarget(query)
  return builder
}

function figureOf(panel: Panel): StatBuilder {
  const builder = new StatBuilder()
    .title(panel.title)
    .unit(panel.unit)
    .datasource(SOURCE)
    .height(HEIGHT / 2)
    .span(NARROW)
    .thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { value: null, color: 'green' },
        { value: panel.figure?.redFrom ?? 1, color: 'red' },
      ]),
    )
  for (const query of queriesOf(panel)) builder.withTarget(query)
  return builder
}

function queriesOf({ lines }: Panel): DataqueryBuilder[] {
  return lines.map(([expr, legend], n) =>
    new DataqueryBuilder()
      .refId(String.fromCharCode(65 + n))
      .expr(expr)
      .legendFormat(legend),
  )
}

/** Usage: node deploy/monitoring/dashboards/build.ts FOLDER */
if (import.meta.main) {
  const [folder = ''] = process.argv.slice(2)
  if (folder === '') throw new Error('Usage: node deploy/monitoring/dashboards/build.ts FOLDER')
  mkdirSync(folder, { recursive: true })
  for (const board of BOARDS)
    writeFileSync(join(folder, `${board.uid}.json`), `${JSON.stringify(dashboardOf(board), null, 2)}\n`)
  console.log(`${BOARDS.length} dashboards in ${folder}`)
}
