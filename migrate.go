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

// Verdict is what became of one statement of the project on SQLite. State is "ok";
// "note" where a part has no effect; "refused" where it is outside the subset;
// "follows" where it needs what was refused; "failed" where Postgres refuses it too.
type Verdict struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	State     string `json:"state"`
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"`
	Hint      string `json:"hint,omitempty"`
	Statement string `json:"statement"`
}

// Runs reports whether the statement runs on SQLite.
func (v Verdict) Runs() bool { return v.State == "ok" || v.State == "note" }

// Check tries all migrations and seeds of the project, statement by statement, on an
// SQLite database that it throws away.
func Check(ctx context.Context, cfg Config) ([]Verdict, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	list, err := server.Check(ctx, sc)
	out := make([]Verdict, len(list))
	for i, v := range list {
		out[i] = Verdict{
			File: v.File, Line: v.Line, Column: v.Column, State: v.State,
			Code: v.Code, Message: v.Message, Hint: v.Hint, Statement: v.Statement,
		}
	}
	return out, err
}
