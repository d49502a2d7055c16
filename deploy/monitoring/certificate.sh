#!/bin/sh
# Tells monitoring when certificates end; daily by cron on the machine that has them:
#   TEXTFILES=/var/lib/prometheus/node-exporter deploy/monitoring/certificate.sh /etc/pillivery/tls/fullchain.pem
set -eu
folder=${TEXTFILES:?folder of the text files of node_exporter}
for file in "$@"; do
  end=$(openssl x509 -enddate -noout -in "$file")
  printf 'tls_certificate_end_seconds{name="%s"} %s\n' "$(basename "$file")" "$(date -d "${end#notAfter=}" +%s)"
done > "$folder/.certificate.prom"
mv "$folder/.certificate.prom" "$folder/certificate.prom"
