{{- define "plinth.labels" -}}
app.kubernetes.io/name: plinth
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "plinth.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}-plinth
{{- end }}
