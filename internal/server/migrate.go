package server

import (
	"context"
	"fmt"
	"slices"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/server/house"
)

// A script of the image ran at no time. The first start dates it, and knows thereby that
// the database is new, even if an earlier one was killed before it came to that.
const (
	sqlUndated = `select name from plinth.scripts where applied_at = '-infinity'`
	sqlDate    = `update plinth.scripts set applied_at = now() where applied_at = '-infinity'`
)

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
	laid, err := s.date(ctx)
	if err != nil {
		return err
	}
	s.report.New = laid || len(done) == 0
	if err := s.beside(ctx, done); err != nil {
		return err
	}
	list := slices.DeleteFunc(house.Scripts(), func(sc db.Script) bool { return done[sc.File] || s.later(ctx, sc.File) })
	for i, sc := range list {
		sc.More = i < len(list)-1
		isFirst := sc.File == house.First
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

// date gives the scripts of a database that began with the image their time, and reports
// whether there were any.
func (s *Server) date(ctx context.Context) (bool, error) {
	if s.engine.postgres != nil {
		return false, nil
	}
	undated, err := s.names(ctx, "plinth", "scripts", sqlUndated)
	if err != nil || len(undated) == 0 {
		return false, err
	}
	_, err = s.db.Write(ctx, db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlDate)
		return err
	})
	return err == nil, err
}

func (s *Server) migrateProject(ctx context.Context) error {
	done, err := s.applied(ctx)
	if err != nil {
		return err
	}
	if err := s.mayMigrate(ctx, done); err != nil {
		return err
	}
	list := slices.DeleteFunc(slices.Clone(s.cfg.Project.Migrations), func(f project.File) bool { return done[f.Version] })
	for i, f := range list {
		notices, err := s.db.Script(ctx, db.Script{File: f.Path, SQL: f.SQL, Version: f.Version, Name: f.Name, More: i < len(list)-1})
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
	list := s.cfg.Project.Seeds
	for i, f := range list {
		if _, err := s.db.Script(ctx, db.Script{File: f.Path, SQL: f.SQL, More: i < len(list)-1}); err != nil {
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
