package project

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/config.md")

// remarks are the comments of the structs' fields: "SMTP.Host" → what it says.
func remarks(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			ts, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			st, ok := ts.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range st.Fields.List {
				text := f.Comment.Text()
				if text == "" {
					text = f.Doc.Text()
				}
				for _, name := range f.Names {
					out[ts.Name.Name+"."+name.Name] = strings.Join(strings.Fields(text), " ")
				}
			}
			return true
		})
	}
	return out
}

// reference is docs/config.md.
func reference(t *testing.T) string {
	c := Default()
	c.Auth.External = map[string]External{"‹provider›": {}}
	c.Auth.Hook = map[string]Hook{"‹hook›": {}}
	c.Auth.Email.Template = map[string]MailTemplate{"‹letter›": {}}
	c.Storage.Buckets = map[string]Bucket{"‹bucket›": {}}
	said := remarks(t)
	var b strings.Builder
	b.WriteString(head)
	section := "\x00"
	for _, k := range keysOf(&c) {
		at := strings.LastIndexByte(k.Name, '.')
		if table := k.Name[:max(at, 0)]; table != section {
			if section = table; table != "" {
				fmt.Fprintf(&b, "\n## [%s]\n", table)
			}
			b.WriteString("\n| key | default | variable | what it is |\n|---|---|---|---|\n")
		}
		text, env := "`"+textOf(k.value)+"`", "`"+k.Env+"`"
		switch {
		case k.Secret && k.value.IsZero():
			text = "–"
			env += ", `" + k.Env + "_FILE`"
		case k.value.Kind() == reflect.Map, strings.Contains(k.Name, "‹letter›"), strings.Contains(k.Name, "‹bucket›"):
			env = "–"
		}
		if k.value.Kind() == reflect.Map {
			env = "–"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name[at+1:], text, env, strings.ReplaceAll(said[k.Field], "|", "\\|"))
	}
	return b.String()
}

const head = `# Configuration

This page is made from the code; a test keeps it so. <!-- proof: TestTheReferenceIsThatOfTheCode -->

` + "`config.toml`" + ` lies in the project's folder. Names and meanings are Supabase's; Plinth's own keys are under ` + "`[plinth]`" + `. A value is taken from the first of these that has it: a flag of the command line, the environment, ` + "`config.toml`" + `, the default. <!-- proof: TestTheEnvironmentHasTheLastWord -->

Each key has a variable: ` + "`PLINTH_`" + ` and its name, where our own section is not said twice. Lists are separated by commas. A secret may stand in a file, whose path ` + "`…_FILE`" + ` gives, as Docker's and Kubernetes' secrets do; ` + "`\"env(NAME)\"`" + ` in ` + "`config.toml`" + ` takes ` + "`NAME`" + ` or ` + "`NAME_FILE`" + `. A file that is empty or cannot be read is an error. <!-- proof: TestSecretsMayStandInFiles -->

| variable | what it is |
|---|---|
| ` + "`PLINTH_JWT_SECRET`, `PLINTH_PUBLISHABLE_KEY`, `PLINTH_SECRET_KEY`" + ` | the keys of ` + "`plinth serve`" + `; each may be a file (` + "`…_FILE`" + `) |
| ` + "`PLINTH_VAULT_KEYS`, `PLINTH_VAULT_KEYS_FILE`" + ` | keys of the vault, the current one first ([operating.md](operating.md)) |
| ` + "`PLINTH_DB`, `PLINTH_DB_FILE`" + ` | URL of Postgres, with its password |
| ` + "`PLINTH_PROJECT`, `PLINTH_DATA`, `PLINTH_LISTEN`, `PLINTH_REPLICAS`" + ` | as the flags of these names; replicas may be a file (` + "`PLINTH_REPLICAS_FILE`" + `), with commas or lines between |

` + "`plinth config check`" + ` reads everything as ` + "`serve`" + ` would and exits with 1 where that would refuse it; a key that nobody knows is named with the one it is most like. ` + "`plinth config diff`" + ` shows what is no default, ` + "`plinth config print --effective`" + ` all values that count and where they come from. Secrets are never shown. <!-- proof: TestConfigCommands -->

## Of the project
`

// TestTheReferenceIsThatOfTheCode: go test ./internal/project -run Reference -update
func TestTheReferenceIsThatOfTheCode(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "config.md")
	want := reference(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/config.md is not what the code says (%v): go test ./internal/project -run Reference -update", err)
	}
}

func TestEachKeyHasAVariableOfItsOwn(t *testing.T) {
	t.Parallel()
	c := Default()
	seen := map[string]string{}
	for _, k := range keysOf(&c) {
		if other, dup := seen[k.Env]; dup {
			t.Errorf("%s and %s are both %s", k.Name, other, k.Env)
		}
		seen[k.Env] = k.Name
		last := k.Name[strings.LastIndexByte(k.Name, '.')+1:]
		looksSecret := strings.Contains(last, "secret") || strings.HasSuffix(last, "_key") || strings.Contains(last, "token") || strings.Contains(last, "pass")
		switch last {
		case "refresh_token_reuse_interval", "enable_refresh_token_rotation", "minimum_password_length", "password_requirements", "signing_keys_path",
			"secure_password_change", "token_refresh", "token_verifications", "breached_passwords":
			looksSecret = false
		}
		if looksSecret && !k.Secret {
			t.Errorf("%s looks like a secret and is none", k.Name)
		}
	}
}

func TestTheEnvironmentHasTheLastWord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"config.toml": "[api]\nport = 1\nmax_rows = 7\n[auth.external.apple]\nenabled = true\nclient_id = \"x\"\n[plinth.log]\nslow_statement = \"1s\"\n"})
	vars := map[string]string{
		"PLINTH_API_PORT": "4000", "PLINTH_API_SCHEMAS": "public, app", "PLINTH_AUTH_EXTERNAL_APPLE_SECRET": "s3", "PLINTH_AUTH_EMAIL_MAX_FREQUENCY": "2m",
		"PLINTH_TRUSTED_PROXIES": "10.0.0.0/8", "PLINTH_TRACE_RATIO": "0.5", "PLINTH_ADMIN_METRICS": "false", "PLINTH_STORAGE_FILE_SIZE_LIMIT": "7MiB",
	}
	p, err := Open(dir, func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	c := p.Config
	if c.API.Port != 4000 || c.API.MaxRows != 7 || len(c.API.Schemas) != 2 || c.API.Schemas[1] != "app" || c.Auth.External["apple"].Secret != "s3" || c.Auth.External["apple"].ClientID != "x" ||
		c.Plinth.Proxies[0].String() != "10.0.0.0/8" || c.Plinth.Trace.Ratio != 0.5 || c.Plinth.Admin.Metrics || c.Storage.FileSizeLimit != 7<<20 {
		t.Errorf("config = %+v", c)
	}
	from := map[string]string{}
	for _, k := range p.Keys() {
		from[k.Name] = k.From + " " + k.Text
	}
	for name, want := range map[string]string{
		"api.port": "PLINTH_API_PORT 4000", "api.max_rows": "config.toml 7", "plinth.log.slow_statement": `config.toml "1s"`, "auth.site_url": `default "http://127.0.0.1:3000"`,
		"auth.external.apple.secret": `PLINTH_AUTH_EXTERNAL_APPLE_SECRET "•••"`,
	} {
		if from[name] != want {
			t.Errorf("%s is from %s, want %s", name, from[name], want)
		}
	}
	for name, bad := range map[string]string{"PLINTH_API_PORT": "x", "PLINTH_TRACE_RATIO": "2", "PLINTH_AUTH_EMAIL_MAX_FREQUENCY": "soon"} {
		if _, err := Open(dir, func(n string) string { return map[string]string{name: bad}[n] }); err == nil {
			t.Errorf("%s=%s was taken", name, bad)
		}
	}
}

func TestSecretsMayStandInFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"p/config.toml": "[auth.email.smtp]\nenabled = true\nhost = \"h\"\nport = 25\nadmin_email = \"a@b.c\"\npass = \"env(MAIL_PASS)\"\n[auth.captcha]\nenabled = true\nprovider = \"turnstile\"\n",
		"pass":          "from a file\n", "captcha": "cap", "empty": "\n",
	})
	open := func(vars map[string]string) (*Project, error) {
		return Open(filepath.Join(dir, "p"), func(name string) string { return vars[name] })
	}
	p, err := open(map[string]string{"MAIL_PASS_FILE": filepath.Join(dir, "pass"), "PLINTH_AUTH_CAPTCHA_SECRET_FILE": filepath.Join(dir, "captcha")})
	if err != nil || p.Config.Auth.Email.SMTP.Pass != "from a file" || p.Config.Auth.Captcha.Secret != "cap" {
		t.Fatalf("%v, %+v", err, p)
	}
	for name, path := range map[string]string{"missing": "nowhere", "empty": "empty", "folder": "."} {
		if _, err := open(map[string]string{"PLINTH_AUTH_CAPTCHA_SECRET_FILE": filepath.Join(dir, path), "MAIL_PASS": "x"}); err == nil || !strings.Contains(err.Error(), "PLINTH_AUTH_CAPTCHA_SECRET_FILE") {
			t.Errorf("a file that is %s: %v", name, err)
		}
	}
	if _, err := open(map[string]string{"PLINTH_AUTH_CAPTCHA_SECRET_FILE": filepath.Join(dir, "captcha"), "PLINTH_AUTH_CAPTCHA_SECRET": "x", "MAIL_PASS": "x"}); err == nil {
		t.Error("a variable and its file were taken both")
	}
}

func TestUnknownKeysAreNamedWithTheirLikes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[api]\nmax_row = 1\n": "api.max_rows", "[auth]\njwt_expirey = 1\n": "auth.jwt_expiry", "[plinth.trac]\nratio = 1\n": "plinth.trace.ratio", "[zzzzzzzz]\nq = 1\n": "",
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"config.toml": text})
		p, err := Open(dir, noEnv)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, n := range p.Notices {
			said += n.Text + "\n"
		}
		if want != "" && !strings.Contains(said, "did you mean "+want+"?") || want == "" && strings.Contains(said, "did you mean") {
			t.Errorf("%s: %s, want %s", strconv.Quote(text), said, want)
		}
	}
}
