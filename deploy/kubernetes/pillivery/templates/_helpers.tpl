{{/* Labels that select pods. Called with (dict "root" $ "part" "gateway"). */}}
{{- define "pillivery.selector" -}}
app.kubernetes.io/name: pillivery
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "pillivery.labels" -}}
{{ include "pillivery.selector" . }}
app.kubernetes.io/part-of: pillivery
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.image.tag }}
app.kubernetes.io/version: {{ . | trunc 63 | trimAll "-._" | quote }}
{{- end }}
{{- end }}

{{- define "pillivery.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ required "image.tag (or image.digest) says which release runs" $image.tag }}
{{- end -}}
{{- end }}

{{/* Names of the secret settings of whoever hosts these services, as JSON. (dict "root" $ "services" "identity,shop") */}}
{{- define "pillivery.secrets" -}}
{{- $root := .root -}}
{{- $names := list -}}
{{- range $service := splitList "," .services -}}
{{- $names = concat $names (index $root.Values.secretsOf $service) -}}
{{- if ne $service "gateway" -}}
{{- $names = append $names (ternary (printf "%s_DATABASE_URL" (upper $service)) "DATABASE_URL" $root.Values.database.apart) -}}
{{- end -}}
{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end }}

{{/* "yes" for who answers self-check machines. (dict "root" $ "services" "borrow" "role" "all") */}}
{{- define "pillivery.selfCheck" -}}
{{- if and .root.Values.selfCheck.enabled (has "borrow" (splitList "," .services)) (ne (default "worker" .role) "worker") -}}yes{{- end -}}
{{- end }}

{{/* Settings of one process as a map: where the others are, where its secrets lie.
     (dict "root" $ "services" "shop" "role" "api" "calls" (list "book")) */}}
{{- define "pillivery.settings" -}}
{{- $root := .root -}}
{{- $settings := deepCopy $root.Values.settings -}}
{{- range $service := splitList "," .services -}}
{{- range $key, $value := index $root.Values.settingsOf $service -}}
{{- if ne (toString $value) "" -}}{{- $_ := set $settings $key $value -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $settings "PUBLIC_URL" (required "publicUrl: where customers reach the gateway" $root.Values.publicUrl) -}}
{{- $isGateway := eq .services "gateway" -}}
{{- $_ := set $settings "TRUSTED_PROXIES" (ternary $root.Values.gateway.trustedProxies 1 $isGateway) -}}
{{- if and $root.Values.kafkaBrokers (not $isGateway) -}}{{- $_ := set $settings "KAFKA_BROKERS" $root.Values.kafkaBrokers -}}{{- end -}}
{{- range $callee := .calls -}}
{{- $process := index $root.Values.processes $callee | required (printf "processes call %s, which is none" $callee) -}}
{{- $_ := set $settings $process.toldAs (printf "http://%s-%s:8080" $root.Release.Name $callee) -}}
{{- end -}}
{{- if include "pillivery.selfCheck" . -}}
{{- $_ := set $settings "SIP_HOST" "0.0.0.0" -}}
{{- $_ := set $settings "SIP_PORT" $root.Values.selfCheck.port -}}
{{- end -}}
{{- range $secret := include "pillivery.secrets" . | fromJsonArray -}}
{{- $_ := set $settings (printf "%s_FILE" $secret) (printf "/run/secrets/pillivery/%s" (lower $secret)) -}}
{{- end -}}
{{- range $key, $value := $settings }}
{{- /* Helm reads numbers as floats, and would write a million as 1e+06. */}}
{{ $key }}: {{ ternary (int64 $value | toString) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
{{- end }}

{{/* What every pod has in common. (dict "root" $ "part" "billing") */}}
{{- define "pillivery.podSpec" -}}
{{- $root := .root -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
terminationGracePeriodSeconds: {{ include "pillivery.grace" $root }}
{{- end }}

{{- define "pillivery.grace" -}}
{{- with .Values.drain -}}{{ add .preStopSeconds .applicationSeconds .spareSeconds }}{{- end -}}
{{- end }}

{{- define "pillivery.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Annotations by which a Prometheus finds a pod (../prometheus.yml), where they are wanted. (dict "root" $ "port" 8080) */}}
{{- define "pillivery.scraped" -}}
{{- if eq .root.Values.monitoring.discovery "annotations" -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .port | quote }}
prometheus.io/path: /metrics
{{- end -}}
{{- end }}

{{- define "pillivery.container" -}}
image: {{ include "pillivery.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {{- include "pillivery.confined" . | nindent 2 }}
volumeMounts:
  - { name: secrets, mountPath: /run/secrets/pillivery, readOnly: true }
  - { name: tmp, mountPath: /tmp }
  - { name: data, mountPath: /data }
{{- end }}

{{/* (dict "root" $ "secrets" (list …) "files" true) */}}
{{- define "pillivery.volumes" -}}
- name: secrets
  secret:
    secretName: {{ .root.Values.secrets.name }}
    defaultMode: 0440
    items:
      {{- range .secrets | uniq | sortAlpha }}
      - { key: {{ lower . }}, path: {{ lower . }} }
      {{- end }}
- name: tmp
  emptyDir: { sizeLimit: 128Mi }
- name: data
  {{- if and .files .root.Values.files.enabled }}
  persistentVolumeClaim: { claimName: {{ .root.Values.files.existingClaim | default (printf "%s-files" .root.Release.Name) }} }
  {{- else }}
  emptyDir: { sizeLimit: 256Mi }
  {{- end }}
{{- end }}

{{/* Who may come: everybody at the front, whoever calls it, those who read figures, and self-check machines.
     (dict "root" $ "part" "borrow" "services" "borrow" "role" "all" "front" false) */}}
{{- define "pillivery.ingress" -}}
{{- $root := .root -}}
{{- $part := .part -}}
{{- if .front }}
- ports: [{ protocol: TCP, port: 8080 }]
  {{- with $root.Values.network.frontFrom }}
  from: {{ toJson . }}
  {{- end }}
{{- end }}
{{- range $caller, $other := $root.Values.processes }}
{{- if has $part $other.calls }}
- from: [{ podSelector: { matchLabels: {{ include "pillivery.selector" (dict "root" $root "part" $caller) | fromYaml | toJson }} } }]
  ports: [{ protocol: TCP, port: 8080 }]
{{- end }}
{{- end }}
{{- with $root.Values.network.metricsFrom }}
- from: {{ toJson . }}
  ports: [{ protocol: TCP, port: 8080 }]
{{- end }}
{{- with $root.Values.selfCheck }}
{{- if and .from (include "pillivery.selfCheck" $) }}
- from: {{ toJson .from }}
  ports: [{ protocol: TCP, port: {{ .port }} }]
{{- end }}
{{- end }}
{{- end }}

{{/* What one may reach. (dict "root" $ "services" "shop" "role" "api" "calls" (list …) "outsidePorts" (list …)) */}}
{{- define "pillivery.egress" -}}
{{- $root := .root -}}
{{- $network := $root.Values.network -}}
- to: {{ toJson $network.dns }}
  ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }]
{{- range .calls }}
- to: [{ podSelector: { matchLabels: {{ include "pillivery.selector" (dict "root" $root "part" .) | fromYaml | toJson }} } }]
  ports: [{ protocol: TCP, port: 8080 }]
{{- end }}
{{- if and (ne .services "gateway") $network.database.to }}
- to: {{ toJson $network.database.to }}
  ports: [{ protocol: TCP, port: {{ $network.database.port }} }]
{{- end }}
{{- if and $root.Values.kafkaBrokers (ne .services "gateway") (ne .role "api") $network.kafka.to }}
- to: {{ toJson $network.kafka.to }}
  ports: [{ protocol: TCP, port: {{ $network.kafka.port }} }]
{{- end }}
{{- if and (index $root.Values.settings "OTEL_EXPORTER_OTLP_ENDPOINT") $network.collector.to }}
- to: {{ toJson $network.collector.to }}
  ports: [{ protocol: TCP, port: {{ $network.collector.port }} }]
{{- end }}
{{- with $network.redis.to }}
- to: {{ toJson . }}
  ports: [{ protocol: TCP, port: {{ $network.redis.port }} }{{ if index $root.Values.settings "REDIS_SENTINELS" }}, { protocol: TCP, port: {{ $network.redis.sentinelPort }} }{{ end }}]
{{- end }}
{{- with .outsidePorts }}
- to: [{ ipBlock: { cidr: 0.0.0.0/0, except: {{ toJson $network.notOutside }} } }]
  ports: [{{ range $index, $port := . }}{{ if $index }}, {{ end }}{ protocol: TCP, port: {{ $port }} }{{ end }}]
{{- end }}
{{- end }}
