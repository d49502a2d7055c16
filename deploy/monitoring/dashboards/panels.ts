import type { Board, Panel } from './board.ts'
import { DATABASE } from './database.ts'

const SECONDS = 'http_request_duration_seconds'
const quantile = (q: number, by: string) =>
  `histogram_quantile(${q}, sum by (le${by}) (rate(${SECONDS}_bucket[$__rate_interval])))`

/** A figure of the database that every process tells alike, so that the greatest is taken. */
const told = (title: string, metric: string, redFrom: number, unit = 'short'): Panel => ({
  title,
  unit,
  lines: [[`max(${metric})`, title]],
  figure: { redFrom },
})

const SERVICE: Board = {
  title: 'Pillivery: requests and processes',
  uid: 'pillivery-service',
  rows: [
    {
      title: 'Requests: how many, how many fail, how long',
      panels: [
        {
          title: 'Requests by route',
          unit: 'reqps',
          lines: [[`sum by (route) (rate(${SECONDS}_count[$__rate_interval]))`, '{{route}}']],
        },
        {
          title: 'Failures by route',
          unit: 'reqps',
          lines: [
            [
              `sum by (route, status) (rate(${SECONDS}_count{status=~"5.."}[$__rate_interval]))`,
              '{{status}} {{route}}',
            ],
          ],
          mayBeEmpty: 'nothing has failed',
        },
        {
          title: 'Duration, all routes',
          unit: 's',
          lines: [
            [quantile(0.5, ''), 'half'],
            [quantile(0.95, ''), '95 %'],
            [quantile(0.99, ''), '99 %'],
          ],
        },
        { title: 'Duration by route, 95 %', unit: 's', lines: [[quantile(0.95, ', route'), '{{route}}']] },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'What runs',
          unit: 'short',
          lines: [['sum by (release) (build_info)', '{{release}}']],
        },
        {
          title: 'Log lines by level',
          unit: 'short',
          lines: [['sum by (level) (increase(log_lines_total[1m]))', '{{level}}']],
        },
        {
          title: 'Processor',
          unit: 'percentunit',
          lines: [['rate(process_cpu_seconds_total[$__rate_interval])', '{{instance}}']],
        },
        {
          title: 'Event loop, 99 %',
          unit: 's',
          lines: [['nodejs_eventloop_lag_p99_seconds', '{{instance}}']],
        },
        {
          title: 'Memory',
          unit: 'bytes',
          lines: [
            ['process_resident_memory_bytes', '{{instance}} all'],
            ['nodejs_heap_size_used_bytes', '{{instance}} heap'],
          ],
        },
        {
          title: 'Garbage collection',
          unit: 'percentunit',
          lines: [
            ['sum by (instance) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]))', '{{instance}}'],
          ],
        },
        {
          title: 'Database pool',
          unit: 'short',
          lines: [
            ['database_connections', '{{instance}} open'],
            ['database_connections_idle', '{{instance}} idle'],
            ['database_waiting', '{{instance}} waiting for one'],
          ],
        },
        {
          title: 'Redis: 1 connected',
          unit: 'short',
          lines: [
            ['redis_connected', '{{instance}}'],
            [
              'sum by (instance, why) (rate(redis_unanswered_total[$__rate_interval]))',
              '{{instance}} without an answer a second: {{why}}',
            ],
          ],
          mayBeEmpty: 'no Redis is set',
        },
        {
          title: 'Requests at once',
          unit: 'short',
          lines: [
            ['http_admission_limit', '{{instance}} taken on at most'],
            ['http_admission_in_flight', '{{instance}} at work'],
            ['http_admission_waiting', '{{instance}} waiting'],
            [
              'sum by (instance) (rate(http_admission_refused_total[$__rate_interval]))',
              '{{instance}} refused a second',
            ],
          ],
        },
      ],
    },
  ],
}

const BUSINESS: Board = {
  title: 'Pillivery: money, billing, events',
  uid: 'pillivery-business',
  rows: [
    {
      title: 'Payments',
      panels: [
        told('Unknown', 'payments_unknown', 1),
        told('Oldest unknown', 'payments_unknown_oldest_seconds', 600, 's'),
        told('Payments for a person', 'payments_needing_review', 1),
        told('Refunds for a person', 'refunds_needing_review', 1),
        told('Cash receipts for a person', 'cash_receipts_needing_review', 1),
        told('Confirmed, not carried out', 'proposals_handed_back', 1),
        told('Differences to the provider', 'reconciliation_findings_open', 1),
        told('Settlement tables missing', 'settlement_tables_missing', 1),
        told('Settlement lists not had', 'settlement_lists_not_had', 1),
        {
          title: 'Provider calls by outcome',
          unit: 'reqps',
          lines: [
            [
              'sum by (provider, operation, outcome) (rate(payment_provider_calls_total[$__rate_interval]))',
              '{{provider}} {{operation}} {{outcome}}',
            ],
          ],
          mayBeEmpty: 'nobody has paid yet',
        },
        {
          title: 'Breakers: 0 closed, 1 half open, 2 open',
          unit: 'short',
          lines: [['max by (provider, operation) (payment_breaker_state)', '{{provider}} {{operation}}']],
        },
      ],
    },
    {
      title: 'Billing run',
      panels: [
        {
          title: 'Age of the latest run’s day',
          unit: 's',
          lines: [['time() - max(billing_run_date_seconds)', 'since its midnight']],
          figure: { redFrom: 27 * 3600 },
        },
        told('Under way', 'billing_run_under_way', 2),
        told('Stopped or failed', 'billing_run_incomplete', 1),
        told('Due before today', 'billing_overdue', 1),
        told('Cycles frozen', 'subscription_cycles_frozen', 1),
      ],
    },
    {
      title: 'Stock and loans: what one waits for the other',
      panels: [
        told('Orders that hold stock', 'stock_held_orders', 10_000),
        told('Oldest hold', 'stock_held_oldest_seconds', 2 * 3600, 's'),
        told('Loans without an answer', 'loans_pending', 100),
        told('Oldest of them', 'loans_pending_oldest_seconds', 300, 's'),
      ],
    },
    {
      title: 'Events and stored commands',
      panels: [
        {
          title: 'Events behind, by subscriber',
          unit: 'short',
          lines: [['max by (subscriber) (subscriber_pending)', '{{subscriber}}']],
        },
        {
          title: 'Oldest event, by subscriber',
          unit: 's',
          lines: [['max by (subscriber) (subscriber_oldest_seconds)', '{{subscriber}}']],
        },
        {
          title: 'Events set aside, by subscriber',
          unit: 'short',
          lines: [['max by (subscriber) (subscriber_parked)', '{{subscriber}}']],
        },
        told('Outbox', 'outbox_pending', 1_000),
        told('Oldest that no worker took on', 'events_untaken_seconds', 60, 's'),
        told('Dead', 'events_dead', 1),
        told('Wait for a newer version', 'events_newer', 100),
        told('Messages of the broker behind', 'kafka_lag', 1_000),
        {
          title: 'Kafka: 1 answers',
          unit: 'short',
          lines: [['kafka_connected', '{{instance}}']],
          mayBeEmpty: 'no broker is set',
        },
        {
          title: 'Stored commands by outcome',
          unit: 'reqps',
          lines: [
            [
              'sum by (command, outcome) (rate(stored_commands_total[$__rate_interval]))',
              '{{command}} {{outcome}}',
            ],
          ],
          mayBeEmpty: 'none has been carried out yet',
        },
        told('Letters not sent', 'notifications_waiting', 100),
      ],
    },
  ],
}

const MACHINES: Board = {
  title: 'Pillivery: machines and backups',
  uid: 'pillivery-machines',
  rows: [
    {
      title: 'Machines',
      panels: [
        {
          title: 'The shop from outside: 1 reached',
          unit: 'short',
          lines: [['probe_success', '{{instance}}']],
        },
        {
          title: 'The first page from outside',
          unit: 's',
          lines: [['probe_duration_seconds', '{{instance}}']],
        },
        {
          title: 'Those who watch: 1 tells figures',
          unit: 'short',
          lines: [['up{job!="pillivery"}', '{{job}} {{instance}}']],
        },
        {
          title: 'Processor',
          unit: 'percentunit',
          lines: [
            [
              '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
              '{{instance}}',
            ],
          ],
        },
        {
          title: 'Memory free',
          unit: 'percentunit',
          lines: [['node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', '{{instance}}']],
        },
        {
          title: 'Disks free',
          unit: 'percentunit',
          lines: [
            [
              'node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"} / node_filesystem_size_bytes{fstype!~"tmpfs|overlay|squashfs"}',
              '{{instance}} {{mountpoint}}',
            ],
          ],
        },
        {
          title: 'Age of the last backup',
          unit: 's',
          lines: [['time() - max(backup_finished_seconds)', 'backup']],
          figure: { redFrom: 26 * 3600 },
        },
      ],
    },
  ],
}

export const BOARDS: readonly Board[] = [SERVICE, BUSINESS, DATABASE, MACHINES]
