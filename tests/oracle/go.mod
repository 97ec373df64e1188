module github.com/plinth-dev/plinth/tests/oracle

go 1.26.0

require (
	github.com/pganalyze/pg_query_go/v6 v6.2.5
	github.com/plinth-dev/plinth v0.0.0
)

require google.golang.org/protobuf v1.36.12 // indirect

replace github.com/plinth-dev/plinth => ../..
