package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

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
	// ExternalURL is where clients reach the server, for links in letters.
	ExternalURL string `toml:"external_url"`
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

// Auth is sign-in.
type Auth struct {
	SiteURL               string    `toml:"site_url"`
	RedirectURLs          []string  `toml:"additional_redirect_urls"`
	JWTExpiry             int       `toml:"jwt_expiry"` // seconds
	JWTIssuer             string    `toml:"jwt_issuer"`
	EnableSignup          bool      `toml:"enable_signup"`
	EnableAnonymous       bool      `toml:"enable_anonymous_sign_ins"`
	RefreshRotation       bool      `toml:"enable_refresh_token_rotation"`
	RefreshReuseInterval  int       `toml:"refresh_token_reuse_interval"` // seconds
	MinimumPasswordLength int       `toml:"minimum_password_length"`
	PasswordRequirements  string    `toml:"password_requirements"`
	Email                 AuthEmail `toml:"email"`
}

// AuthEmail is sign-in by e-mail.
type AuthEmail struct {
	EnableSignup        bool     `toml:"enable_signup"`
	EnableConfirmations bool     `toml:"enable_confirmations"`
	DoubleConfirm       bool     `toml:"double_confirm_changes"`
	SecureChange        bool     `toml:"secure_password_change"`
	MaxFrequency        Duration `toml:"max_frequency"` // between two letters to one address
	OTPLength           int      `toml:"otp_length"`
	OTPExpiry           int      `toml:"otp_expiry"` // seconds
	SMTP                SMTP     `toml:"smtp"`
}

// SMTP is the server that takes letters; without one they stay in the inbox.
type SMTP struct {
	Enabled    bool   `toml:"enabled"`
	Host       string `toml:"host"`
	Port       int    `toml:"port"`
	User       string `toml:"user"`
	Pass       string `toml:"pass"`
	AdminEmail string `toml:"admin_email"` // the sender's address
	SenderName string `toml:"sender_name"`
}

// Files is [storage].
type Files struct {
	FileSizeLimit Bytes `toml:"file_size_limit"` // of one file; a bucket may ask for less
}

// Plinth holds our own keys.
type Plinth struct {
	Data   string `toml:"data"`   // data folder, relative to the project
	Public string `toml:"public"` // folder of a web page to serve at /, relative to config.toml; "" for none
}

// Default returns the values that the Supabase CLI gives a new project.
func Default() Config {
	return Config{
		API: API{Port: 54321, Schemas: []string{"public", "graphql_public"}, MaxRows: 1000},
		DB:  DB{Seed: Seed{Enabled: true, SQLPaths: []string{"./seed.sql"}}},
		Auth: Auth{
			SiteURL: "http://127.0.0.1:3000", JWTExpiry: 3600, EnableSignup: true, EnableAnonymous: true,
			RefreshRotation: true, RefreshReuseInterval: 10, MinimumPasswordLength: 6,
			Email: AuthEmail{EnableSignup: true, DoubleConfirm: true, MaxFrequency: Duration(time.Second), OTPLength: 6, OTPExpiry: 3600},
		},
		Storage: Files{FileSizeLimit: 50 << 20},
		Plinth:  Plinth{Data: ".plinth"},
	}
}

// unused are the sections and keys of Supabase's file that mean nothing here yet.
var unused = []string{
	"analytics", "api.enabled", "api.extra_search_path", "api.tls", "api.auto_expose_new_tables", "auth", "db", "edge_runtime", "experimental",
	"functions", "inbucket", "realtime", "remotes", "storage", "studio", "local_smtp",
}

func (p *Project) readConfig(getenv func(string) string) error {
	p.Config = Default()
	path := filepath.Join(p.Dir, "config.toml")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	filled, missing := fillEnv(string(text), getenv)
	for _, name := range missing {
		p.Notices = append(p.Notices, Notice{Text: fmt.Sprintf("config.toml: env(%s) is not set", name)})
	}
	meta, err := toml.Decode(filled, &p.Config)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	p.judge(meta.Undecoded())
	if err := p.Config.Validate(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
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
		p.Notices = append(p.Notices, Notice{Unknown: true, Text: fmt.Sprintf("config.toml: nobody knows the key %s", name)})
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
	bad(c.Auth.JWTExpiry < 1 || c.Auth.JWTExpiry > 604800, "auth.jwt_expiry is %d; it must be from 1 to 604800 seconds", c.Auth.JWTExpiry)
	bad(c.Auth.RefreshReuseInterval < 0 || c.Auth.RefreshReuseInterval > 300, "auth.refresh_token_reuse_interval is %d; it must be from 0 to 300 seconds", c.Auth.RefreshReuseInterval)
	bad(c.Auth.Email.OTPLength < 6 || c.Auth.Email.OTPLength > 10, "auth.email.otp_length is %d; it must be from 6 to 10", c.Auth.Email.OTPLength)
	bad(c.Auth.Email.OTPExpiry < 1 || c.Auth.Email.OTPExpiry > 86400, "auth.email.otp_expiry is %d; it must be from 1 to 86400 seconds", c.Auth.Email.OTPExpiry)
	bad(c.Auth.MinimumPasswordLength < 6 || c.Auth.MinimumPasswordLength > 72, "auth.minimum_password_length is %d; it must be from 6 to 72", c.Auth.MinimumPasswordLength)
	return errors.Join(errs...)
}
