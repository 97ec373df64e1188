package project

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
)

// Config is the part of supabase/config.toml that this server uses. Names and
// meanings are Supabase's; Plinth's own keys live under [plinth].
type Config struct {
	ProjectID string `toml:"project_id"`
	API       API    `toml:"api"`
	DB        DB     `toml:"db"`
	Auth      Auth   `toml:"auth"`
	Storage   Files  `toml:"storage"`
	Plinth    Plinth `toml:"plinth"`
}

// API is the data API.
type API struct {
	Port    int      `toml:"port"`     // of the whole server
	Schemas []string `toml:"schemas"`  // exposed to clients
	MaxRows int      `toml:"max_rows"` // of one answer, 0 for no limit
	// ExtraSearchPath are further schemas in which a request's SQL finds bare names.
	ExtraSearchPath []string `toml:"extra_search_path"`
	// ExternalURL is where clients reach the server, for links in letters.
	ExternalURL string `toml:"external_url"`
	TLS         TLS    `toml:"tls"`
}

// DB is the database.
type DB struct {
	Seed Seed `toml:"seed"`
}

// Seed is the data of a new database.
type Seed struct {
	Enabled  bool     `toml:"enabled"`
	SQLPaths []string `toml:"sql_paths"` // file patterns relative to the folder
}

// Plinth holds our own keys.
type Plinth struct {
	Data   string `toml:"data"`   // data folder, relative to the project
	Public string `toml:"public"` // folder of a web page to serve at /, relative to config.toml; "" for none
	// Synchronous is "full" or "normal": with normal the SQLite file is not flushed at
	// each commit, so a loss of power may undo the last writes that were acknowledged.
	Synchronous string `toml:"synchronous"`
	// Connections are how many a node has to Postgres in all, and to each replica: for
	// requests, jobs and the change feed; 0 for four a core and four more, and at least 20,
	// but no more than a fifth of what Postgres has, or 12.
	Connections int            `toml:"connections"`
	API         Further        `toml:"api"`
	Auth        Extra          `toml:"auth"`
	Proxies     []netip.Prefix `toml:"trusted_proxies"` // whose word on a client's address counts
	// Client is the header with which they say it: x-forwarded-for, forwarded, or the
	// name of one that has a single address.
	Client   string  `toml:"client_address"`
	TLS      Domains `toml:"tls"`
	HTTP     HTTP    `toml:"http"`
	CORS     CORS    `toml:"cors"`
	Limits   Limits  `toml:"limits"`
	Storage  Store   `toml:"storage"`
	Backup   Backup  `toml:"backup"`
	Realtime Live    `toml:"realtime"`
	Cluster  Cluster `toml:"cluster"`
	Admin    Admin   `toml:"admin"`
	Trace    Trace   `toml:"trace"`
	Log      Log     `toml:"log"`
}

// Further is what the data API allows besides; "alter role authenticator set pgrst.…"
// has the last word.
type Further struct {
	Aggregates bool `toml:"aggregates_enabled"` // sum(), avg() … in select lists
	Plans      bool `toml:"plan_enabled"`       // a client may ask how its request is executed
	// TxEnd is "commit", or "commit-allow-override": then a request may ask that nothing
	// of it stays, by Prefer: tx=rollback.
	TxEnd string `toml:"tx_end"`
}

// Extra is of sign-in what Supabase's file has no name for.
type Extra struct {
	SingleSession     bool     `toml:"single_session_per_user"`
	BreachedPasswords string   `toml:"breached_passwords"` // folder of k-anonymity range files, relative to config.toml
	SMSCountries      []string `toml:"sms_countries"`      // calling codes ("+49") that get messages; empty for all
	SMSPerPrefix      int      `toml:"sms_per_prefix"`     // messages an hour to numbers that differ in their last four digits alone; 0 for none
	SMSPerDay         int      `toml:"sms_per_day"`        // messages in all; 0 for none
}

// Default returns the values that the Supabase CLI gives a new project.
func Default() Config {
	return Config{
		API:     API{Port: 54321, Schemas: []string{"public", "graphql_public"}, ExtraSearchPath: []string{"public", "extensions"}, MaxRows: 1000},
		DB:      DB{Seed: Seed{Enabled: true, SQLPaths: []string{"./seed.sql"}}},
		Auth:    defaultAuth(),
		Storage: Files{FileSizeLimit: 50 << 20},
		Plinth:  Plinth{Data: ".plinth", API: Further{TxEnd: "commit"}, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, Synchronous: "full", TLS: defaultDomains(), HTTP: defaultHTTP(), CORS: defaultCORS(), Auth: Extra{SMSPerPrefix: 20, SMSPerDay: 5000}, Storage: Store{Backend: "disk"}, Backup: defaultBackup(), Admin: Admin{Metrics: true, Pprof: true}, Trace: defaultTrace(), Log: defaultLog(), Limits: defaultLimits()},
	}
}

// unused are the sections and keys of Supabase's file that mean nothing here yet.
var unused = []string{
	"analytics", "api.enabled", "api.auto_expose_new_tables", "auth.email.notification", "auth.enabled",
	"auth.jwt_secret", "auth.mfa.web_authn", "auth.oauth_server", "auth.passkey", "auth.publishable_key", "auth.rate_limit.web3", "auth.secret_key",
	"auth.anon_key", "auth.service_role_key", "auth.third_party", "auth.web3", "auth.webauthn", "db", "edge_runtime", "experimental",
	"functions", "inbucket", "realtime", "remotes", "storage", "studio", "local_smtp",
}

// readConfig: the environment counts more than the file, and the file more than defaults.
func (p *Project) readConfig(env *Env) error {
	p.Config, p.from = Default(), map[string]string{}
	if err := p.readFile(env); err != nil {
		return err
	}
	if err := errors.Join(p.Config.fromEnv(env, p.from), env.Err()); err != nil {
		return err
	}
	if err := p.Config.Validate(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(p.Dir, "config.toml"), err)
	}
	return nil
}

func (p *Project) readFile(env *Env) error {
	path := filepath.Join(p.Dir, "config.toml")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	filled, missing := fillEnv(string(text), env.Get)
	for _, name := range missing {
		p.Notices = append(p.Notices, Notice{Text: fmt.Sprintf("config.toml: env(%s) is not set", name)})
	}
	meta, err := toml.Decode(filled, &p.Config)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	p.Config.Auth.RateLimit.Named = meta.IsDefined("auth", "rate_limit")
	for _, key := range meta.Keys() {
		p.from[key.String()] = "config.toml"
	}
	p.judge(meta.Undecoded())
	return nil
}

var envCall = regexp.MustCompile(`"env\(([A-Za-z_][A-Za-z0-9_]*)\)"`)

// fillEnv replaces "env(NAME)" by the variable's value as a TOML string.
func fillEnv(text string, getenv func(string) string) (filled string, missing []string) {
	filled = envCall.ReplaceAllStringFunc(text, func(m string) string {
		name := envCall.FindStringSubmatch(m)[1]
		val := getenv(name)
		if val == "" {
			missing = append(missing, name)
		}
		return fmt.Sprintf("%q", val)
	})
	return filled, missing
}

// judge sorts undecoded keys into those known to Supabase (one notice for all) and
// those nobody knows.
func (p *Project) judge(keys []toml.Key) {
	known := map[string]bool{}
	for _, key := range keys {
		name := key.String()
		if section := unusedSection(name); section != "" {
			known[section] = true
			continue
		}
		text := fmt.Sprintf("config.toml: nobody knows the key %s", name)
		if like := nearest(name, p.names()); like != "" {
			text += fmt.Sprintf("; did you mean %s?", like)
		}
		p.Notices = append(p.Notices, Notice{Unknown: true, Text: text})
	}
	if len(known) == 0 {
		return
	}
	names := make([]string, 0, len(known))
	for n := range known {
		names = append(names, n)
	}
	sort.Strings(names)
	p.Notices = append(p.Notices, Notice{Text: "config.toml: not used by this version: " + strings.Join(names, ", ")})
}

// names are all keys and sections that somebody knows.
func (p *Project) names() []string {
	out := slices.Clone(unused)
	for _, k := range keysOf(&p.Config) {
		out = append(out, k.Name)
		for name := k.Name; ; {
			at := strings.LastIndexByte(name, '.')
			if at < 0 {
				break
			}
			name = name[:at]
			out = append(out, name)
		}
	}
	return out
}

func unusedSection(name string) string {
	for _, u := range unused {
		if name == u || strings.HasPrefix(name, u+".") {
			return u
		}
	}
	return ""
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	bad := func(cond bool, format string, args ...any) {
		if cond {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(c.API.Port < 0 || c.API.Port > 65535, "api.port is %d; it must be a port", c.API.Port)
	bad(c.API.MaxRows < 0, "api.max_rows is %d; it must not be negative", c.API.MaxRows)
	bad(c.Storage.FileSizeLimit < 1, "storage.file_size_limit is %d; it must be positive", c.Storage.FileSizeLimit)
	bad(len(c.API.Schemas) == 0, "api.schemas is empty; name at least one schema")
	bad(c.Plinth.Synchronous != "full" && c.Plinth.Synchronous != "normal", "plinth.synchronous is %q; it must be full or normal", c.Plinth.Synchronous)
	bad(c.Plinth.API.TxEnd != "commit" && c.Plinth.API.TxEnd != "commit-allow-override", "plinth.api.tx_end is %q; it must be commit or commit-allow-override", c.Plinth.API.TxEnd)
	bad(c.Plinth.Connections != 0 && c.Plinth.Connections < 6, "plinth.connections is %d; it must be at least 6, or 0", c.Plinth.Connections)
	return errors.Join(append(errs, c.Auth.Validate(), c.Plinth.Realtime.Validate(), c.Plinth.Cluster.Validate(), c.Plinth.validateOperation(), c.validateTLS())...)
}
