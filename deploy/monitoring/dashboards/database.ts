import type { Board } from './board.ts'

const RATE = '[$__rate_interval]'

/** PostgreSQL's own figures, which ../postgres/queries.yml asks for. */
export const DATABASE: Board = {
  title: 'Pillivery: PostgreSQL',
  uid: 'pillivery-database',
  rows: [
    {
      title: 'At work',
      panels: [
        {
          title: 'Answers',
          unit: 'short',
          lines: [['pg_up', '{{instance}}']],
        },
        {
          title: 'Connections',
          unit: 'short',
          lines: [
            ['postgres_connections_used', '{{instance}} taken'],
            ['postgres_connections_most', '{{instance}} there are'],
            ['postgres_connections_waiting_for_locks', '{{instance}} waiting for a lock'],
          ],
        },
        {
          title: 'Transactions a second',
          unit: 'ops',
          lines: [
            [`sum by (instance) (rate(postgres_database_commits${RATE}))`, '{{instance}} committed'],
            [`sum by (instance) (rate(postgres_database_rollbacks${RATE}))`, '{{instance}} rolled back'],
          ],
        },
        {
          title: 'Oldest transaction',
          unit: 's',
          lines: [
            ['postgres_transaction_longest_seconds', '{{instance}}'],
            ['postgres_transaction_longest_idle_seconds', '{{instance}} whose client does nothing'],
          ],
        },
        {
          title: 'Deadlocks in an hour',
          unit: 'short',
          lines: [['sum by (database) (increase(postgres_database_deadlocks[1h]))', '{{database}}']],
        },
        {
          title: 'Found in shared memory',
          unit: 'percentunit',
          lines: [
            [
              `sum by (instance) (rate(postgres_database_blocks_found${RATE})) / (sum by (instance) (rate(postgres_database_blocks_found${RATE})) + sum by (instance) (rate(postgres_database_blocks_read${RATE})))`,
              '{{instance}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'On disk, and elsewhere',
      panels: [
        {
          title: 'Databases',
          unit: 'bytes',
          lines: [['postgres_database_size_bytes', '{{instance}} {{database}}']],
        },
        {
          title: 'Largest tables',
          unit: 'bytes',
          lines: [['topk(10, postgres_table_size_bytes)', '{{table}}']],
        },
        {
          title: 'Rows to be vacuumed',
          unit: 'short',
          lines: [['topk(10, postgres_table_dead_rows)', '{{table}}']],
        },
        {
          title: 'Write-ahead log',
          unit: 'bytes',
          lines: [
            ['postgres_wal_size_bytes', '{{instance}} on disk'],
            [`rate(postgres_wal_written_bytes${RATE})`, '{{instance}} written a second'],
          ],
        },
        {
          title: 'Kept for replication slots',
          unit: 'bytes',
          lines: [['postgres_slot_kept_bytes', '{{slot}}']],
          mayBeEmpty: 'no slot',
        },
        {
          title: 'Standbys behind',
          unit: 's',
          lines: [['postgres_replica_lag_seconds', '{{replica}}']],
          mayBeEmpty: 'no standby',
        },
        {
          title: 'Archived log: 1 while the latest try failed',
          unit: 'short',
          lines: [['postgres_archiver_failing', '{{instance}}']],
        },
        {
          title: 'Temporary files a second',
          unit: 'Bps',
          lines: [[`sum by (database) (rate(postgres_database_temporary_bytes${RATE}))`, '{{database}}']],
        },
      ],
    },
  ],
}
