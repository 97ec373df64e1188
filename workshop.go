package plinth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/schema/advise"
	"github.com/plinth-dev/plinth/internal/schema/contract"
	"github.com/plinth-dev/plinth/internal/schema/gen"
	"github.com/plinth-dev/plinth/internal/schema/script"
	"github.com/plinth-dev/plinth/internal/server"
)

// Languages are those that Types writes.
var Languages = gen.Languages

// Types returns the source text of the types of the project's schemas, as its
// migrations make them; live reads the database instead. Without schemas it is those
// that the data API serves.
func Types(ctx context.Context, cfg Config, language string, schemas []string, live bool) (string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return "", err
	}
	if len(schemas) == 0 {
		schemas = sc.Project.Config.API.Schemas
	}
	var out string
	err = onBench(ctx, sc, live, func(w *server.Workbench) error {
		var err error
		out, err = gen.Types(w.DB.Catalog(), schemas, language)
		return err
	})
	return out, err
}

// onBench lends the database that migrations make, or the project's own.
func onBench(ctx context.Context, sc server.Config, live bool, use func(*server.Workbench) error) error {
	open := server.Made
	if live {
		open = server.Live
	}
	w, err := open(ctx, sc)
	if err != nil {
		return err
	}
	return errors.Join(use(w), w.Close())
}

// catalogOf returns the schema that migrations make, or the database's own.
func catalogOf(ctx context.Context, sc server.Config, live bool) (*catalog.Catalog, error) {
	var c *catalog.Catalog
	err := onBench(ctx, sc, live, func(w *server.Workbench) error {
		c = w.DB.Catalog()
		return nil
	})
	return c, err
}

// Diff returns the statements that turn what the migrations make into what the
// database is: a migration for changes made by hand. It is empty where they agree.
func Diff(ctx context.Context, cfg Config) (string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return "", err
	}
	live, err := catalogOf(ctx, sc, true)
	if err != nil {
		return "", err
	}
	made, err := catalogOf(ctx, sc, false)
	if err != nil {
		return "", err
	}
	return script.Join(script.Diff(made, live, server.Schemas(live))), nil
}

// Dump writes the database's schema as SQL that makes it in a new project, and with
// rows also the rows of the project's own tables.
func Dump(ctx context.Context, cfg Config, rows bool, w io.Writer) error {
	sc, err := resolve(cfg)
	if err != nil {
		return err
	}
	return onBench(ctx, sc, true, func(b *server.Workbench) error {
		c := b.DB.Catalog()
		schemas := server.Schemas(c)
		if _, err := io.WriteString(w, script.Join(script.Dump(c, schemas))); err != nil || !rows {
			return err
		}
		return script.Rows(ctx, b.DB, schemas, w)
	})
}

// Up runs the migrations that the database lacks, and says what it did.
func Up(ctx context.Context, cfg Config) ([]string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	r, err := server.Up(ctx, sc)
	return told(r), err
}

// Reset throws the project's SQLite database and files away and makes them anew.
func Reset(ctx context.Context, cfg Config) ([]string, error) {
	cfg.Dev = true
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	r, err := server.Reset(ctx, sc)
	return told(r), err
}

// Seed runs the project's seed files once more.
func Seed(ctx context.Context, cfg Config) ([]string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	files, err := server.Seed(ctx, sc)
	var out []string
	for _, f := range files {
		out = append(out, "seeded from "+f)
	}
	return out, err
}

func told(r server.Report) []string {
	var out []string
	for _, n := range r.Notices {
		out = append(out, "note: "+n)
	}
	for _, f := range r.Applied {
		out = append(out, "applied "+f)
	}
	if r.Seeded {
		out = append(out, "seeded")
	}
	if len(r.Applied) == 0 {
		out = append(out, "the database has all migrations")
	}
	return out
}

// Squash returns the text of one migration that makes what all of them make, with the
// statements that change rows after it, once it has proved that it does.
func Squash(ctx context.Context, cfg Config) (string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return "", err
	}
	if len(sc.Project.Migrations) < 2 {
		return "", errors.New("there are not two migrations to squash")
	}
	made, err := catalogOf(ctx, sc, false)
	if err != nil {
		return "", err
	}
	schemas := server.Schemas(made)
	text := script.Join(script.Dump(made, schemas))
	var rows []string
	for _, f := range sc.Project.Migrations {
		more, err := script.RowStatements(f.SQL)
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.Path, err)
		}
		rows = append(rows, more...)
	}
	if len(rows) > 0 {
		text += "\n-- Rows that the migrations wrote.\n" + script.Join(rows)
	}
	one := *sc.Project
	last := one.Migrations[len(one.Migrations)-1]
	last.SQL = text
	one.Migrations = []project.File{last}
	sc.Project = &one
	again, err := catalogOf(ctx, sc, false)
	if err != nil {
		return "", fmt.Errorf("the squashed migration does not run: %w", err)
	}
	if rest := script.Diff(again, made, schemas); len(rest) > 0 {
		return "", fmt.Errorf("the squashed migration would make something else; the difference begins with: %s", strings.SplitN(rest[0], "\n", 2)[0])
	}
	return text, nil
}

// Advise returns what the project's schema should do better, the worst first; live
// looks at the database instead of what the migrations make. log, where not nil, is an
// access log that tells which filters are frequent.
func Advise(ctx context.Context, cfg Config, live bool, log io.Reader) ([]Finding, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	c, err := catalogOf(ctx, sc, live)
	if err != nil {
		return nil, err
	}
	out := advise.Of(c, server.Schemas(c), sc.Project.Config.API.Schemas)
	if log == nil {
		return out, nil
	}
	usage, err := advise.ReadUsage(log)
	return append(out, advise.OfUsage(c, usage)...), err
}

// Finding is one thing that a schema should do better.
type Finding = advise.Finding

// Level says how bad a Finding is.
type Level = advise.Level

// ParseLevel reads info, warning or error.
func ParseLevel(name string) (Level, error) { return advise.ParseLevel(name) }

// Contract is a step of a migration that breaks apps which are still out there.
type Contract = contract.Step

// Contracts returns such steps of the migrations that the project's database lacks.
func Contracts(ctx context.Context, cfg Config) ([]Contract, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	pending, err := server.Pending(ctx, sc)
	if err != nil {
		return nil, err
	}
	files := make([]contract.File, len(pending))
	for i, f := range pending {
		files[i] = contract.File{Path: f.Path, SQL: f.SQL}
	}
	return contract.Of(files), nil
}
