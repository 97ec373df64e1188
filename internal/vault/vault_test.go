package vault_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/vault"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

var server *pgserver.Server

func TestMain(m *testing.M) {
	srv, err := pgserver.Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server = srv
	code := m.Run()
	_ = srv.Stop()
	os.Exit(code)
}

func ring(t *testing.T, keys ...token.Secret) *vault.Ring {
	t.Helper()
	text := ""
	for _, k := range keys {
		text += string(k) + "\n"
	}
	r, err := vault.Parse(token.Secret(text), vault.ForSQL)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// engines opens the same database twice: a server with a ring, and one with another.
func engines(t *testing.T) map[string]func(r *vault.Ring) *db.DB {
	dir := t.TempDir()
	return map[string]func(r *vault.Ring) *db.DB{
		"sqlite": func(r *vault.Ring) *db.DB {
			d, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir, Settings: map[string]string{vault.SettingName: r.Setting()}})
			if err != nil {
				t.Fatal(err)
			}
			return db.New(d)
		},
		"postgres": func(r *vault.Ring) *db.DB {
			d, err := postgres.Open(t.Context(), postgres.Config{URL: vault.Address(server.URL, r)})
			if err != nil {
				t.Fatal(err)
			}
			return db.New(d)
		},
	}
}

func one(t *testing.T, d *db.DB, role, sql string, args ...any) (string, error) {
	t.Helper()
	out := ""
	_, err := d.Write(t.Context(), db.Session{Role: role}, func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), sql, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			text, _ := rows.AppendText(nil, 0)
			out = string(text)
		}
		err = rows.Err()
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		return err
	})
	return out, err
}

func TestTheVaultOnBothEngines(t *testing.T) {
	t.Parallel()
	first, second := vault.NewKey(), vault.NewKey()
	for name, open := range engines(t) {
		t.Run(name, func(t *testing.T) {
			r := ring(t, first)
			d := open(r)
			if _, err := d.Script(t.Context(), db.Script{File: "vault/0001", SQL: vault.Schema}); err != nil {
				t.Fatal(err)
			}
			must := func(role, sql string, args ...any) string {
				t.Helper()
				out, err := one(t, d, role, sql, args...)
				if err != nil {
					t.Fatalf("%s: %s: %v", role, sql, err)
				}
				return out
			}
			id := must("service_role", `select vault.create_secret($1, 'stripe', 'the key of Stripe')`, "sk_live_ä€")
			if got := must("service_role", `select decrypted_secret from vault.decrypted_secrets where name = 'stripe'`); got != "sk_live_ä€" {
				t.Errorf("decrypted: %q", got)
			}
			sealed := must("service_role", `select secret from vault.secrets where id = $1`, id)
			if strings.Contains(sealed, "sk_live") {
				t.Error("it is kept in the clear")
			}
			if got, err := r.Open(r.Current(), id, sealed); err != nil || got != "sk_live_ä€" {
				t.Errorf("Go reads %q, %v", got, err)
			}
			must("service_role", `select vault.update_secret($1, $2)`, id, "sk_live_2")
			must("service_role", `select vault.update_secret($1, null, null, 'only this')`, id)
			if got := must("service_role", `select decrypted_secret || description || name from vault.decrypted_secrets where id = $1`, id); got != "sk_live_2only thisstripe" {
				t.Errorf("after an update: %q", got)
			}
			if _, err := one(t, d, "service_role", `select vault.create_secret('x', 'stripe')`); fault.CodeOf(err) != "23505" {
				t.Errorf("the same name again: %v", err)
			}
			for _, sql := range []string{
				`select secret from vault.secrets`, `select decrypted_secret from vault.decrypted_secrets`, `select vault.create_secret('x')`,
				`select vault._open(null, null, 'x')`, `select vault._key('current')`, `select vault.update_secret(null, 'x')`,
			} {
				for _, role := range []string{"anon", "authenticated"} {
					if out, err := one(t, d, role, sql); fault.CodeOf(err) != "42501" {
						t.Errorf("%s: %s = %q, %v", role, sql, out, err)
					}
				}
			}
			if out, err := one(t, d, "service_role", `select vault._key('current')`); fault.CodeOf(err) != "42501" {
				t.Errorf("service_role sees the keys: %q, %v", out, err)
			}
			// A ciphertext of another row, and one that was changed.
			other := must("service_role", `select vault.create_secret('other')`)
			stolen := must("postgres", `update vault.secrets set secret = (select secret from vault.secrets where id = $1) where id = $2 returning id`, id, other)
			if out, err := one(t, d, "service_role", `select decrypted_secret from vault.decrypted_secrets where id = $1`, stolen); fault.CodeOf(err) != "22000" {
				t.Errorf("another row's ciphertext: %q, %v", out, err)
			}
			must("postgres", `delete from vault.secrets where id = $1`, other)
			long := strings.Repeat("long ", 2000)
			longID := must("service_role", `select vault.create_secret($1)`, long)

			// Rotation: a new key in front, then every row under it.
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			r = ring(t, second, first)
			d = open(r)
			if got := must("service_role", `select decrypted_secret from vault.decrypted_secrets where id = $1`, id); got != "sk_live_2" {
				t.Errorf("under an older key: %q", got)
			}
			n, err := r.Rotate(t.Context(), d)
			if err != nil || n != 2 {
				t.Errorf("%d were rotated, %v", n, err)
			}
			if n, err := r.Rotate(t.Context(), d); err != nil || n != 0 {
				t.Errorf("%d were rotated again, %v", n, err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d = open(ring(t, second))
			for id, want := range map[string]string{id: "sk_live_2", longID: long} {
				if got := must("service_role", `select decrypted_secret from vault.decrypted_secrets where id = $1`, id); got != want {
					t.Errorf("after the rotation: %.20q", got)
				}
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d = open(ring(t, vault.NewKey()))
			if _, err := one(t, d, "service_role", `select decrypted_secret from vault.decrypted_secrets where id = $1`, id); fault.CodeOf(err) != "55000" {
				t.Errorf("without the key: %v", err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAPoolerThatRefusesTheKeysIsTold(t *testing.T) {
	t.Parallel()
	address, stop, err := server.Pool(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	address += " dbname=postgres"
	_, err = postgres.Open(t.Context(), postgres.Config{URL: vault.Address(address, ring(t, vault.NewKey())), Visit: true})
	if fault.CodeOf(err) != vault.Refused || strings.Contains(err.Error(), "current") {
		t.Errorf("with keys: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// RFC 7518, B.3: the vector of A256CBC-HS512.
func TestTheAlgorithmIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key := make([]byte, 64)
	for i := range key {
		key[i] = byte(i)
	}
	plain := "A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience"
	aad := "The second principle of Auguste Kerckhoffs"
	iv := unhex("1af38c2dc2b96ffdd86694092341bc04")
	want := append(append(iv, unhex(`4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2e6d12a1374b77f077553df829410446b
 36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f6`)...),
		unhex(`4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5`)...)
	if got := vault.SealWith(key, iv, []byte(aad), []byte(plain)); string(got) != string(want) {
		t.Errorf("sealed %x,\nwant %x", got, want)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	k := vault.NewKey()
	r := ring(t, k)
	id, sealed := r.Seal("row", "secret")
	if got, err := r.Open(id, "row", sealed); err != nil || got != "secret" {
		t.Errorf("%q, %v", got, err)
	}
	raw, _ := base64.StdEncoding.DecodeString(sealed)
	for i := range raw {
		raw[i] ^= 1
		if _, err := r.Open(id, "row", base64.StdEncoding.EncodeToString(raw)); err == nil {
			t.Fatalf("byte %d may be changed", i)
		}
		raw[i] ^= 1
	}
	if _, err := r.Open(id, "another", sealed); err == nil {
		t.Error("it opens for another row")
	}
	totp, err := vault.Parse(k, vault.ForTOTP)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := totp.Open(id, "row", sealed); err == nil {
		t.Error("it opens for another use")
	}
	for _, bad := range []token.Secret{"", "x", k[:40], k + "\n" + k, "00000000-0000-4000-8000-000000000000:short"} {
		if _, err := vault.Parse(bad, vault.ForSQL); err == nil || strings.Contains(err.Error(), string(k[40:])) {
			t.Errorf("%.10s: %v", string(bad), err)
		}
	}
	for _, at := range []string{"postgres://u:p@h/x", "postgres://u:p@h/x?sslmode=disable", "host=h dbname=x"} {
		full := vault.Address(at, r)
		if u, err := url.Parse(full); err != nil && strings.HasPrefix(at, "postgres") || err == nil && u.Scheme != "" && u.Query().Get(vault.SettingName) != r.Setting() {
			t.Errorf("%s: %s", at, full)
		}
	}
}

func FuzzOpen(f *testing.F) {
	r, err := vault.Parse(vault.NewKey(), vault.ForSQL)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("row", "AAAA")
	f.Fuzz(func(t *testing.T, id, text string) {
		if _, err := r.Open(r.Current(), id, text); err == nil {
			t.Errorf("%q opens", text)
		}
	})
}
