package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func noEnv(string) string { return "" }

func TestOpenReadsTheSupabaseLayout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"supabase/config.toml":                       "project_id = \"x\"\n[api]\nport = 4000\n[auth]\nsite_url = \"env(SITE)\"\n[auth.web3.solana]\nenabled = false\n[auth.external.apple]\nenabled = true\nclient_id = \"a,b\"\nsecret = \"env(SITE)\"\n[auth.sms.test_otp]\n4152127777 = \"123456\"\n[auth.sessions]\ntimebox = \"24h\"\n[auth.hook.send_sms]\nenabled = true\nuri = \"pg-functions://postgres/public/f\"\n[auth.mfa.phone]\nenroll_enabled = true\n[studio]\nport = 1\n[typo]\na = 1\n[plinth.api]\naggregates_enabled = true\n[storage]\nfile_size_limit = \"5MiB\"\n[storage.image_transformation]\nenabled = true\n",
		"supabase/migrations/20240102000000_two.sql": "select 2;",
		"supabase/migrations/20240101000000_one.sql": "select 1;",
		"supabase/migrations/readme.sql":             "select 3;",
		"supabase/seed.sql":                          "insert into x values (1);",
	})
	p, err := Open(dir, func(name string) string { return map[string]string{"SITE": `https://a"b`}[name] })
	if err != nil {
		t.Fatal(err)
	}
	if p.Config.API.Port != 4000 || p.Config.Auth.SiteURL != `https://a"b` || p.Config.Auth.JWTExpiry != 3600 || p.Config.Storage.FileSizeLimit != 5<<20 || !p.Config.Plinth.API.Aggregates {
		t.Errorf("config = %+v", p.Config)
	}
	a := p.Config.Auth
	if a.External["apple"].Secret != `https://a"b` || a.SMS.TestOTP["4152127777"] != "123456" || time.Duration(a.Sessions.Timebox) != 24*time.Hour ||
		!a.Hook["send_sms"].Enabled || !a.MFA.Phone.Enroll || a.MFA.Phone.OTPLength != 6 {
		t.Errorf("auth = %+v", a)
	}
	if len(p.Migrations) != 2 || p.Migrations[0].Name != "one" || p.Migrations[1].Version != "20240102000000" {
		t.Errorf("migrations = %+v", p.Migrations)
	}
	if len(p.Seeds) != 1 {
		t.Errorf("seeds = %+v", p.Seeds)
	}
	var unknown, notices []string
	for _, n := range p.Notices {
		if n.Unknown {
			unknown = append(unknown, n.Text)
		} else {
			notices = append(notices, n.Text)
		}
	}
	if len(unknown) == 0 || !strings.Contains(strings.Join(unknown, " "), "typo") {
		t.Errorf("unknown keys = %q", unknown)
	}
	if s := strings.Join(notices, "\n"); !strings.Contains(s, "readme.sql") || !strings.Contains(s, "auth.web3, storage, studio") {
		t.Errorf("notices = %q", s)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]map[string]string{
		"one version":     {"migrations/1_a.sql": "", "migrations/1_b.sql": ""},
		"auth.jwt_expiry": {"config.toml": "[auth]\njwt_expiry = 0\n"},
		"auth.hook.typo":  {"config.toml": "[auth.hook.typo]\nenabled = true\nuri = \"x\"\n"},
		"client_id":       {"config.toml": "[auth.external.google]\nenabled = true\n"},
		"auth.captcha":    {"config.toml": "[auth.captcha]\nenabled = true\nprovider = \"x\"\n"},
		"2 senders":       {"config.toml": "[auth.sms.twilio]\nenabled = true\n[auth.sms.vonage]\nenabled = true\n"},
		"api.port":        {"config.toml": "[api]\nport = 70000\n"},
		"config.toml":     {"config.toml": "= nothing"},
		"full or normal":  {"config.toml": "[plinth]\nsynchronous = \"off\"\n"},
	}
	for want, files := range cases {
		dir := t.TempDir()
		write(t, dir, files)
		if _, err := Open(dir, noEnv); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open = %v, want an error that names %q", err, want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), noEnv); err == nil {
		t.Error("Open of a missing folder succeeded")
	}
}

func FuzzConfig(f *testing.F) {
	f.Add("[api]\nport = 1\n")
	f.Add("project_id = \"env(X)\"")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		write(t, dir, map[string]string{"config.toml": text})
		Open(dir, noEnv)
	})
}
