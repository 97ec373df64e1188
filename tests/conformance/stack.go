package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// secret signs the tokens of the cases.
const secret = "reallyreallyreallyreallyverysafe"

// base is the configuration that the cases call baseCfg.
func base(d *db.DB) rest.Config {
	return rest.Config{
		DB:         d,
		Schemas:    []string{"test"},
		AnonRole:   "postgrest_test_anonymous",
		ExtraPath:  []string{},
		TxEnd:      "rollback-allow-override",
		PreRequest: "test.switch_role",
		Settings: map[string]string{
			"app.settings.app_host":            "localhost",
			"app.settings.external_api_secret": "0123456789abcdef",
		},
		ServerTiming: true,
	}
}

// knob is one setting in which a configuration differs from baseCfg; text is how the
// cases write it.
type knob struct {
	text string
	file string // where the text is cut off: the chapter whose value it is
	set  func(c *rest.Config)
}

func knobs() []knob {
	return []knob{
		{text: "configDbAggregates = True", set: func(c *rest.Config) { c.Aggregates = true }},
		{text: "configDbMaxRows = Just 2", set: func(c *rest.Config) { c.MaxRows = 2 }},
		{text: "configUrlUseLegacyTargetNames = False", set: func(c *rest.Config) { c.StrictTargets = true }},
		{text: "configClientErrorVerbosity = Minimal", set: func(c *rest.Config) { c.ErrorVerbosity = "minimal" }},
		{text: "configJwtAudience = Just \"youraudience\"", set: func(c *rest.Config) { c.Audience = "youraudience" }},
		{text: "configServerTimingEnabled = False", set: func(c *rest.Config) { c.ServerTiming = false }},
		{text: "configDbAnonRole = Nothing", set: func(c *rest.Config) { c.AnonRole = "" }},
		{text: `"v1" , "v2" , "SPECIAL`, set: func(c *rest.Config) { c.Schemas = []string{"v1", "v2", `SPECIAL "@/\#~_-`} }},
		{text: `fromList [ "test" , "v1" ]`, set: func(c *rest.Config) { c.Schemas = []string{"test", "v1"} }},
		{text: `SearchPath = [ "public" , "extensions" ]`, set: func(c *rest.Config) { c.ExtraPath = []string{"public", "extensions"} }},
		{text: `SearchPath = [ "public" , "extensions" , "EXTRA`, set: func(c *rest.Config) {
			c.ExtraPath = []string{"public", "extensions", `EXTRA "@/\#~_-`}
		}},
		{text: "configDbPreRequest = Just", file: "RpcPreRequestGucs", set: func(c *rest.Config) { c.PreRequest = "test.custom_headers" }},
		{text: "configDbPreRequest = Just", file: "PgSafeUpdate", set: func(c *rest.Config) {
			// The function there loads a library that Debian does not have; the server has its own guard.
			c.SafeUpdate = true
		}},
	}
}

// Stack serves one database in every configuration that the cases name.
type Stack struct {
	fixture  *Fixture
	ring     *token.Keyring
	handlers map[string]http.Handler
}

// NewStack returns a Stack over a loaded database.
func NewStack(f *Fixture) (*Stack, error) {
	ring, err := token.NewKeyring(token.NewHS256(secret))
	return &Stack{fixture: f, ring: ring, handlers: map[string]http.Handler{}}, err
}

// Base serves baseCfg.
func (s *Stack) Base() (http.Handler, error) { return s.handler("baseCfg", "") }

// Handler returns the handler of a case's configuration. It is for one goroutine.
func (s *Stack) Handler(c *Case) (http.Handler, error) {
	key := c.Config + c.File
	if h := s.handlers[key]; h != nil {
		return h, nil
	}
	h, err := s.handler(c.Config, c.File)
	s.handlers[key] = h
	return h, err
}

func (s *Stack) handler(config, file string) (http.Handler, error) {
	cfg := base(s.fixture.DB)
	if strings.Contains(config, "configDbPreparedStatements = False") {
		cfg.DB = s.fixture.Plain
	}
	for _, k := range knobs() {
		if strings.Contains(config, k.text) && strings.Contains(file, k.file) {
			k.set(&cfg)
		}
	}
	room, err := rest.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("configuration %q: %w", config, err)
	}
	d := &door{ring: s.ring, anon: cfg.AnonRole, catalog: cfg.DB.Catalog}
	return wire.Manners{}.Before(d.identify(room.Handler())), nil
}
