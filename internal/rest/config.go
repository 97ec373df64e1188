package rest

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// Config is what a Service needs. Names follow PostgREST's settings.
type Config struct {
	DB  *db.DB
	Log *slog.Logger

	// Schemas are the exposed schemas; the first is the default (db-schemas).
	Schemas []string
	// AnonRole is the role of requests without a token: it gets 401 where others get
	// 403 (db-anon-role).
	AnonRole string
	// ExtraPath are further schemas whose functions may compute columns
	// (db-extra-search-path).
	ExtraPath []string
	// MaxRows bounds the rows of an answer and of every to-many embed; 0 = no bound
	// (db-max-rows).
	MaxRows int
	// Aggregates allows sum(), avg() … in select lists (db-aggregates-enabled).
	Aggregates bool
	// Plans lets callers ask how a request is executed, by Accept:
	// application/vnd.pgrst.plan (db-plan-enabled).
	Plans bool
	// TxEnd is "commit", "commit-allow-override", "rollback" or
	// "rollback-allow-override" (db-tx-end).
	TxEnd string
	// PreRequest is a function to call before every request, "schema.name"
	// (db-pre-request).
	PreRequest string
	// StrictTargets refuses to filter an aliased embed by its target's name (the
	// opposite of url-use-legacy-target-names).
	StrictTargets bool
	// SafeUpdate refuses to update or delete all rows of a table: a filter is needed.
	SafeUpdate bool
	// Audience must be among the audiences of a token that names any (jwt-aud); "" = no check.
	Audience string
	// Settings are further settings that SQL sees in every request (app.settings.*).
	Settings map[string]string
	// ServerTiming adds a Server-Timing header to answers (server-timing-enabled).
	ServerTiming bool
	// ErrorVerbosity "minimal" leaves details and hints out of errors
	// (client-error-verbosity); "" or "verbose" shows them.
	ErrorVerbosity string
	// BasePath is where the room is reached, for its description; "" is "/".
	BasePath string
	// MaxBody bounds the body of a request, in bytes.
	MaxBody int64
	// MaxTime bounds the time of a request; a role's statement_timeout may be shorter.
	MaxTime time.Duration
	// MaxAnswer bounds the body of an answer, in bytes.
	MaxAnswer int
}

// txEnds are the values of TxEnd.
var txEnds = []string{"commit", "commit-allow-override", "rollback", "rollback-allow-override"}

// Default returns the settings of a hosted Supabase project.
func Default() Config {
	return Config{
		Schemas:   []string{"public"},
		ExtraPath: []string{"public", "extensions"},
		AnonRole:  "anon",
		MaxRows:   1000,
		TxEnd:     "commit",
		MaxBody:   10 << 20,
		MaxTime:   15 * time.Second,
		MaxAnswer: 256 << 20,
	}
}

// withDefaults fills what is not set.
func (c Config) withDefaults() Config {
	d := Default()
	if c.AnonRole == "" {
		c.AnonRole = d.AnonRole
	}
	if c.TxEnd == "" {
		c.TxEnd = d.TxEnd
	}
	if c.MaxBody == 0 {
		c.MaxBody = d.MaxBody
	}
	if c.MaxTime == 0 {
		c.MaxTime = d.MaxTime
	}
	if c.MaxAnswer == 0 {
		c.MaxAnswer = d.MaxAnswer
	}
	if c.ExtraPath == nil {
		c.ExtraPath = d.ExtraPath
	}
	return c
}

// Validate returns every fault of c.
func (c *Config) Validate() error {
	var errs []error
	if c.DB == nil {
		errs = append(errs, errors.New("rest: no database"))
	}
	if len(c.Schemas) == 0 {
		errs = append(errs, errors.New("rest: no schema to expose"))
	}
	if c.MaxRows < 0 {
		errs = append(errs, errors.New("rest: max rows is negative"))
	}
	if c.MaxBody <= 0 || c.MaxAnswer <= 0 || c.MaxTime <= 0 {
		errs = append(errs, errors.New("rest: the bounds on bodies and time must be positive"))
	}
	if v := c.ErrorVerbosity; v != "" && v != "verbose" && v != "minimal" {
		errs = append(errs, fmt.Errorf("rest: unknown verbosity of errors %q", v))
	}
	if !slices.Contains(txEnds, c.TxEnd) {
		errs = append(errs, fmt.Errorf("rest: unknown transaction end %q", c.TxEnd))
	}
	return errors.Join(errs...)
}
