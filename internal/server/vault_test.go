package server

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/sealed"
	"github.com/plinth-dev/plinth/internal/auth/totp"
	"github.com/plinth-dev/plinth/internal/db"
	secret "github.com/plinth-dev/plinth/internal/vault"
)

// The secret of an authenticator app is sealed in its column; one of before, in the
// clear, goes on working, and a rotation seals it.
func TestFactorsAreSealedAtRest(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	open := func() *Server { return openServer(t, func(c *Config) { c.Data = data }) }
	s := open()
	call := func(method, path, bearer, body string) map[string]any {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.RemoteAddr = here
		r.Header.Set("Apikey", localKeys().Publishable)
		r.Header.Set("Content-Type", "application/json")
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		var out map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
			t.Fatalf("%s %s = %d %s", method, path, w.Code, w.Body)
		}
		return out
	}
	column := func() string {
		t.Helper()
		rows, err := s.db.Query(t.Context(), db.Owner, `select secret from auth.mfa_factors`)
		if err != nil || !rows.Next() {
			t.Fatal(err)
		}
		defer rows.Close()
		return rows.Value(0).S
	}
	step := totp.Step(time.Now()) - 1 // a code is good once: each proof takes a later one
	verify := func(bearer, id, word string) string {
		t.Helper()
		code, err := totp.Code(word, step)
		if err != nil {
			t.Fatal(err)
		}
		step++
		ch := call("POST", "/auth/v1/factors/"+id+"/challenge", bearer, `{}`)
		return call("POST", "/auth/v1/factors/"+id+"/verify", bearer, `{"challenge_id":"`+ch["id"].(string)+`","code":"`+code+`"}`)["access_token"].(string)
	}
	bearer := call("POST", "/auth/v1/signup", "", `{"email":"ann@example.com","password":"a long password"}`)["access_token"].(string)
	f := call("POST", "/auth/v1/factors", bearer, `{"factor_type":"totp","friendly_name":"phone"}`)
	id, word := f["id"].(string), f["totp"].(map[string]any)["secret"].(string)
	first := column()
	if !strings.HasPrefix(first, "sealed:") || strings.Contains(first, word) {
		t.Fatalf("the column keeps %s", first)
	}
	bearer = verify(bearer, id, word)
	if _, err := s.db.Write(t.Context(), db.Owner, func(tx *db.Tx) error { // as an older server wrote it
		_, err := tx.Exec(t.Context(), `update auth.mfa_factors set secret = $1`, word)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	bearer = verify(bearer, id, word)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(data, vaultFile))
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.cfg
	cfg.Dev = false // as the command has it
	done, err := RotateVault(t.Context(), cfg)
	if err != nil || done.Factors != 1 || done.Secrets != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	after, err := os.ReadFile(filepath.Join(data, vaultFile))
	if err != nil || !strings.HasPrefix(string(after), done.Key) || !strings.Contains(string(after), strings.TrimSpace(string(before))) {
		t.Errorf("the keys are not the new one and the old, %v", err)
	}
	if st, err := os.Stat(filepath.Join(data, vaultFile)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	s = open()
	if now := column(); !strings.HasPrefix(now, "sealed:"+done.Key) {
		t.Errorf("after the rotation the column keeps %s", now)
	}
	verify(bearer, id, word)
}

// serve makes no keys by itself: what it sealed could not be read where its data is
// restored.
func TestServeHasNoVaultWithoutKeys(t *testing.T) {
	t.Parallel()
	cfg := Config{Data: t.TempDir()}
	if k, err := cfg.factorKeeper(); err != nil || k.Seal != nil || k.Text("row", "SECRET") != "SECRET" {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, vaultFile)); err == nil {
		t.Error("it made keys")
	}
	cfg.VaultKeys = secret.NewKey()
	k, err := cfg.factorKeeper()
	if err != nil {
		t.Fatal(err)
	}
	text := k.Text("row", "SECRET")
	if got, err := k.Secret("row", text); err != nil || got != "SECRET" || text == got {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := (sealed.Keeper{}).Secret("row", text); err == nil {
		t.Error("a server without keys reads it")
	}
}

func TestTheVaultIsThereForMigrations(t *testing.T) {
	t.Parallel()
	s := openServer(t, nil)
	if _, err := s.db.Script(t.Context(), db.Script{File: "m.sql", SQL: `select vault.create_secret('sk_live', 'stripe');
 create function public.charge() returns text language plpgsql security definer set search_path = '' as $$ begin
 return (select left(decrypted_secret, 2) from vault.decrypted_secrets where name = 'stripe'); end $$`}); err != nil {
		t.Fatal(err)
	}
	w := ask(s.Handler(), "/rest/v1/rpc/charge", localKeys().Publishable)
	if w.Code != 200 || w.Body.String() != `"sk"` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(s.Handler(), "/rest/v1/secrets", string(localKeys().Secret)); w.Code != 404 {
		t.Errorf("the vault is exposed: %d %s", w.Code, w.Body)
	}
}
