package rest

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// Service is the room.
type Service struct {
	cfg Config
	db  *db.DB
	log *slog.Logger
	pre string // the statement that calls the pre-request function
	// settings are those of all requests, by exposed schema.
	settings map[string]map[string]string
	state    atomic.Pointer[state]
	derive   sync.Mutex // one derivation of a new catalogue at a time
	buffers  sync.Pool
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	cfg = cfg.withDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, db: cfg.DB, log: cfg.Log, settings: settings(cfg)}
	s.buffers.New = func() any { return new(buffer) }
	if cfg.PreRequest != "" {
		schema, name, ok := strings.Cut(cfg.PreRequest, ".")
		if !ok {
			schema, name = cfg.Schemas[0], cfg.PreRequest
		}
		s.pre = "select " + sqlgen.Quote(schema) + "." + sqlgen.Quote(name) + "()"
	}
	return s, nil
}

// settings are those that SQL sees in all requests: the server's own and the search path.
func settings(cfg Config) map[string]map[string]string {
	out := map[string]map[string]string{}
	for schema, path := range searchPaths(cfg.Schemas, cfg.ExtraPath) {
		out[schema] = map[string]string{}
		maps.Copy(out[schema], cfg.Settings)
		if path != "" {
			out[schema]["search_path"] = path
		}
	}
	return out
}

// searchPaths are the schemas in which a request's SQL looks for bare names: that of its
// profile, then the further ones.
func searchPaths(schemas, extra []string) map[string]string {
	out := make(map[string]string, len(schemas))
	for _, name := range schemas {
		var path []string
		for _, part := range append([]string{name}, extra...) {
			if part = sqlgen.Quote(part); !slices.Contains(path, part) {
				path = append(path, part)
			}
		}
		if out[name] = strings.Join(path, ", "); out[name] == `"public", "extensions"` {
			out[name] = ""
		}
	}
	return out
}

// state is what derives from one version of the catalogue.
type state struct {
	cat    *catalog.Catalog
	schema *sqlgen.Schema
	plans  planCache
	// timeouts are the roles' own.
	timeouts map[string]time.Duration
	// aggregates and explains are the configuration's, or the database's own.
	aggregates bool
	explains   bool
	txEnd      string
}

// current returns the state of the current catalogue.
func (s *Service) current() *state {
	cat := s.db.Catalog()
	if st := s.state.Load(); st != nil && st.cat == cat {
		return st
	}
	s.derive.Lock()
	defer s.derive.Unlock()
	if st := s.state.Load(); st != nil && st.cat == cat {
		return st
	}
	st := &state{cat: cat, schema: sqlgen.NewSchema(cat, s.cfg.Schemas), timeouts: map[string]time.Duration{}}
	for name, role := range cat.Roles {
		if own := duration(role.Config["statement_timeout"]); own > 0 {
			st.timeouts[name] = own
		}
	}
	st.aggregates = st.allows("pgrst.db_aggregates_enabled", s.cfg.Aggregates)
	st.explains = st.allows("pgrst.db_plan_enabled", s.cfg.Plans)
	st.txEnd = st.ending(s.cfg.TxEnd)
	s.state.Store(st)
	if s.log != nil {
		s.log.Debug("relationships derived", "catalogue", cat.Version)
	}
	return st
}

// allows is a switch of PostgREST that "alter role authenticator set …" may turn: what
// the database says counts more than the configuration.
func (st *state) allows(name string, configured bool) bool {
	if role := st.cat.Roles["authenticator"]; role != nil {
		switch strings.ToLower(role.Config[name]) {
		case "true", "on", "1":
			return true
		case "false", "off", "0":
			return false
		}
	}
	return configured
}

// ending is how transactions end: as "alter role authenticator set pgrst.db_tx_end" says,
// else as configured.
func (st *state) ending(configured string) string {
	if role := st.cat.Roles["authenticator"]; role != nil && slices.Contains(txEnds, role.Config["pgrst.db_tx_end"]) {
		return role.Config["pgrst.db_tx_end"]
	}
	return configured
}

// overrides reports whether a request may say how its transaction ends.
func (st *state) overrides() bool { return strings.HasSuffix(st.txEnd, "-allow-override") }

// buffer is the reusable memory of a request.
type buffer struct {
	out []byte // the answer's body
	key []byte // the plan's key
}

// keep bounds the memory that a pooled buffer may hold on to.
const keep = 1 << 20

func (s *Service) get() *buffer { return s.buffers.Get().(*buffer) }

func (s *Service) put(b *buffer) {
	if cap(b.out) > keep {
		b.out = nil
	}
	s.buffers.Put(b)
}

// compiler compiles for the current catalogue and the media of an answer.
func (s *Service) compiler(st *state, m media) sqlgen.Compiler {
	return sqlgen.Compiler{Schema: st.schema, Options: sqlgen.Options{
		Aggregates: st.aggregates, SafeUpdate: s.cfg.SafeUpdate, LegacyTargets: !s.cfg.StrictTargets,
		MaxRows: s.cfg.MaxRows, Path: s.cfg.ExtraPath, Flat: m.format == asCSV, Handler: m.handler,
	}}
}
