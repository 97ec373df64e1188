package server

import (
	"context"
	"fmt"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/cert/table"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/storage"
	secret "github.com/plinth-dev/plinth/internal/vault"
)

// house is the first script of a database: where the house's own bookkeeping lives.
const house = `
create schema if not exists plinth;
create table plinth.scripts (name text primary key, applied_at timestamptz not null default now());
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
`

// SystemScripts are the rooms' own tables, in order. A script that was released is
// never changed: a change is another script.
func SystemScripts() []db.Script {
	return []db.Script{
		{File: "plinth/0001", SQL: house, Adopt: true},
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
		{File: "vault/0001", SQL: secret.Schema, Adopt: true},
		{File: "cert/0001", SQL: table.Schema, Adopt: true},
	}
}

// migrate brings the rooms' tables and then the project's up to date, and seeds a
// new database.
func (s *Server) migrate(ctx context.Context) error {
	if err := s.migrateHouse(ctx); err != nil {
		return err
	}
	if err := s.migrateProject(ctx); err != nil {
		return err
	}
	if err := s.seed(ctx); err != nil {
		return err
	}
	return s.buckets(ctx)
}

// migrateHouse brings the rooms' own tables up to date.
func (s *Server) migrateHouse(ctx context.Context) error {
	done, err := s.house(ctx)
	if err != nil {
		return err
	}
	s.report.New = len(done) == 0
	if err := s.beside(ctx, done); err != nil {
		return err
	}
	for _, sc := range SystemScripts() {
		if done[sc.File] || s.later(ctx, sc.File) {
			continue
		}
		isFirst := sc.SQL == house
		sc.SQL += "\ninsert into plinth.scripts (name) values ('" + sc.File + "');\n"
		_, err := s.db.Script(ctx, sc)
		if err != nil && !s.doneMeanwhile(ctx, s.house, sc.File) {
			return fmt.Errorf("system script: %w", err)
		}
		if err != nil && isFirst {
			s.report.New = false // another node made it, and seeds it
		}
	}
	return nil
}

func (s *Server) migrateProject(ctx context.Context) error {
	done, err := s.applied(ctx)
	if err != nil {
		return err
	}
	if err := s.mayMigrate(ctx, done); err != nil {
		return err
	}
	for _, f := range s.cfg.Project.Migrations {
		if done[f.Version] {
			continue
		}
		notices, err := s.db.Script(ctx, db.Script{File: f.Path, SQL: f.SQL, Version: f.Version, Name: f.Name})
		for _, n := range notices {
			s.report.Notices = append(s.report.Notices, n.Message)
		}
		if err != nil && s.doneMeanwhile(ctx, s.applied, f.Version) {
			continue
		}
		if err != nil {
			return err
		}
		s.report.Applied = append(s.report.Applied, f.Path)
	}
	return nil
}

// applied returns the versions of the project's migrations that the database has.
func (s *Server) applied(ctx context.Context) (map[string]bool, error) {
	return s.names(ctx, "supabase_migrations", "schema_migrations", `select version from supabase_migrations.schema_migrations`)
}

func (s *Server) seed(ctx context.Context) error {
	if !s.report.New || !s.cfg.Dev {
		return nil
	}
	for _, f := range s.cfg.Project.Seeds {
		if _, err := s.db.Script(ctx, db.Script{File: f.Path, SQL: f.SQL}); err != nil {
			return err
		}
		s.report.Seeded = true
	}
	return nil
}

// names returns the first column of a query over a table that may not exist yet.
func (s *Server) names(ctx context.Context, schema, table, sql string) (map[string]bool, error) {
	out := map[string]bool{}
	sch, ok := s.db.Catalog().Schemas[schema]
	if !ok || sch.Tables[table] == nil {
		return out, nil
	}
	rows, err := s.db.Query(ctx, db.Owner, sql)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		out[rows.Value(0).S] = true
	}
	if err := rows.Err(); err != nil {
		rows.Close()
		return nil, err
	}
	return out, rows.Close()
}
