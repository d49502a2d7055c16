import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Docker, ensureDebian } from './docker.ts'
import type { Proof } from './proof.ts'

/**
 * Images of others, made from Debian's packages where no registry answers. They take the same settings as the official
 * ones, as far as deploy/compose uses them; versions are Debian's.
 */
const STAND_INS = {
  'proof/nginx': { packages: 'nginx-light', lines: 'CMD ["nginx", "-g", "daemon off;"]' },
  'proof/redis': { packages: 'redis-server', lines: '' },
  'proof/prometheus': {
    packages: 'prometheus',
    lines:
      'RUN mkdir /prometheus && chown prometheus /prometheus\nUSER prometheus\nENTRYPOINT ["/usr/bin/prometheus"]',
  },
  'proof/alertmanager': {
    packages: 'prometheus-alertmanager',
    lines:
      'RUN mkdir /alertmanager && chown prometheus /alertmanager\nUSER prometheus\nENTRYPOINT ["/usr/bin/prometheus-alertmanager"]',
  },
  'proof/postgres-exporter': {
    packages: 'prometheus-postgres-exporter',
    lines: 'USER nobody\nENTRYPOINT ["/usr/bin/prometheus-postgres-exporter"]',
  },
  'proof/blackbox': {
    packages: 'prometheus-blackbox-exporter',
    lines: 'USER nobody\nENTRYPOINT ["/usr/bin/prometheus-blackbox-exporter"]',
  },
  'proof/postgres': {
    packages: 'postgresql-15',
    lines: `RUN mkdir -p /var/lib/postgresql && chown postgres /var/lib/postgresql && ln -s /usr/lib/postgresql/15/bin/* /usr/local/bin/ 2>/dev/null; true
COPY start.sh /start.sh
USER postgres
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "/start.sh"]`,
  },
} as const satisfies Readonly<Record<string, { packages: string; lines: string }>>

type StandIn = keyof typeof STAND_INS

const START_POSTGRES = `set -e
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  initdb -D "$data" -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -A scram-sha-256 $POSTGRES_INITDB_ARGS
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  pg_ctl -D "$data" -o "-c listen_addresses=127.0.0.1 -c unix_socket_directories=/tmp" -w start
  PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") createdb -h 127.0.0.1 -U "$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl -D "$data" -m fast -w stop
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
`

/** @returns names of images by the variable of deploy/compose that names them */
export async function makeStandIns(proof: Proof, engine: Docker): Promise<Record<string, string>> {
  for (const name of Object.keys(STAND_INS) as StandIn[]) await makeStandIn(proof, engine, name)
  return {
    NGINX_IMAGE: 'proof/nginx',
    REDIS_IMAGE: 'proof/redis',
    PROMETHEUS_IMAGE: 'proof/prometheus',
    ALERTMANAGER_IMAGE: 'proof/alertmanager',
    POSTGRES_IMAGE: 'proof/postgres',
    POSTGRES_EXPORTER_IMAGE: 'proof/postgres-exporter',
    BLACKBOX_IMAGE: 'proof/blackbox',
  }
}

/** Builds one of them. @returns its name */
export async function makeStandIn(proof: Proof, engine: Docker, name: StandIn): Promise<string> {
  await ensureDebian(proof, engine.docker, engine.env)
  const { packages, lines } = STAND_INS[name]
  const context = join(proof.folder, name.replace('/', '-'))
  mkdirSync(context)
  writeFileSync(join(context, 'start.sh'), START_POSTGRES)
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM debian:bookworm-slim
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages} > /dev/null
${lines}
`,
  )
  await engine.docker(['build', '-q', '--network', 'host', '-t', name, context])
  return name
}
