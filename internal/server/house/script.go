package house

import (
	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/cert/table"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/storage"
	"github.com/plinth-dev/plinth/internal/vault"
)

// First is the script of a database that runs first: it makes the house's bookkeeping.
const First = "plinth/0001"

const bookkeeping = `
create schema if not exists plinth;
create table plinth.scripts (name text primary key, applied_at timestamptz not null default now());
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
`

// Scripts are the rooms' own tables, in order. A script that was released is
// never changed: a change is another script.
func Scripts() []db.Script {
	return []db.Script{
		{File: First, SQL: bookkeeping, Adopt: true},
		{File: "job/0001", SQL: job.Schema, Adopt: true},
		{File: "mail/0001", SQL: mail.Schema, Adopt: true},
		{File: "mail/0002", SQL: mail.Schema2, Adopt: true},
		{File: "auth/0001", SQL: auth.Schema, Adopt: true},
		{File: "auth/0002", SQL: auth.Schema2, Adopt: true},
		{File: "auth/0003", SQL: auth.Schema3, Adopt: true},
		{File: "storage/0001", SQL: storage.Schema, Adopt: true},
		{File: "realtime/0001", SQL: realtime.Schema, Adopt: true},
		{File: "realtime/0002", SQL: realtime.Schema2, Adopt: true},
		{File: "realtime/0003", SQL: realtime.Schema3, Adopt: true},
		{File: "rest/0001", SQL: rest.Schema, Adopt: true},
		{File: "vault/0001", SQL: vault.Schema, Adopt: true},
		{File: "cert/0001", SQL: table.Schema, Adopt: true},
	}
}
