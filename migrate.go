package plinth

import (
	"context"

	"github.com/plinth-dev/plinth/internal/server"
)

// Migration is one migration file and whether the database has it.
type Migration struct {
	Version, Name string
	Applied       bool
}

// Status compares the project's migrations with the database, changing nothing.
func Status(ctx context.Context, cfg Config) ([]Migration, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	done, err := server.Applied(ctx, sc)
	if err != nil {
		return nil, err
	}
	out := make([]Migration, 0, len(sc.Project.Migrations))
	for _, f := range sc.Project.Migrations {
		out = append(out, Migration{Version: f.Version, Name: f.Name, Applied: done[f.Version]})
	}
	return out, nil
}

// Check runs all migrations and seeds of the project on an empty database that it
// throws away. The error of a failing file says file, line and column.
func Check(ctx context.Context, cfg Config) ([]string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	return server.Check(ctx, sc)
}
