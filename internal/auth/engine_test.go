package auth_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

var (
	server    *pgserver.Server
	databases atomic.Int32
	creating  sync.Mutex // CREATE DATABASE copies a template that nobody may be using
)

func TestMain(m *testing.M) {
	srv, err := pgserver.Start(context.Background(), "max_connections=300")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server = srv
	code := m.Run()
	_ = srv.Stop()
	os.Exit(code)
}

// driver opens SQLite, or Postgres below TestOnPostgres.
func driver(ctx context.Context, t testing.TB) (db.Driver, error) {
	if !strings.HasPrefix(t.Name(), "TestOnPostgres/") {
		d, err := sqliteDriver(ctx, t)
		return twice{d}, err
	}
	url, err := newDatabase(ctx)
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Config{URL: url, Conns: 6})
}

// twice runs every transaction and takes it back before it runs it again, as happens to
// one that shares a commit with another that fails.
type twice struct{ db.Driver }

func (d twice) Write(ctx context.Context, fn func(db.Conn) error) (db.Mark, error) {
	_, _ = d.Driver.Write(ctx, func(c db.Conn) error {
		_ = fn(c)
		return db.ErrRollback
	})
	return d.Driver.Write(ctx, fn)
}

// newDatabase makes an empty database of Postgres.
func newDatabase(ctx context.Context) (url string, err error) {
	name := fmt.Sprintf("auth%d", databases.Add(1))
	admin, err := pgconn.Connect(ctx, server.URL)
	if err != nil {
		return "", err
	}
	creating.Lock()
	_, err = admin.Exec(ctx, "create database "+name).ReadAll()
	creating.Unlock()
	return strings.Replace(server.URL, "dbname=postgres", "dbname="+name, 1), errors.Join(err, admin.Close(ctx))
}

func sqliteDriver(ctx context.Context, t testing.TB) (db.Driver, error) {
	return sqlite.Open(ctx, sqlite.Config{Dir: t.TempDir()})
}

// TestOnPostgres runs the room's tests on the other engine.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"TestACodeIsUsedOnce":        TestACodeIsUsedOnce,
		"TestAStrangersPasswordDies": TestAStrangersPasswordDies,
		"TestAbout":                  TestAbout,
		"TestAdmin":                  TestAdmin,
		"TestAnonymous":              TestAnonymous,
		"TestChangeOfAddress":        TestChangeOfAddress,
		"TestIDTokens":               TestIDTokens,
		"TestInvitationsAndLinks":    TestInvitationsAndLinks,
		"TestLinks":                  TestLinks,
		"TestLinksDoNotTrustHost":    TestLinksDoNotTrustHost,
		"TestLogout":                 TestLogout, "TestNobodyLearnsWhoHasAnAccount": TestNobodyLearnsWhoHasAnAccount,
		"TestOTP":      TestOTP,
		"TestRotation": TestRotation, "TestSessionsEnd": TestSessionsEnd, "TestDevices": TestDevices, "TestAnswersAreLost": TestAnswersAreLost,
		"TestManyRefreshesAtOnce": TestManyRefreshesAtOnce, "TestDoubleSignUp": TestDoubleSignUp,
		"TestLettersAreBounded": TestLettersAreBounded,
		"TestRoles":             TestRoles, "TestAuditLog": TestAuditLog,
		"TestExportAndErasure": TestExportAndErasure, "TestAdminErases": TestAdminErases,
		"TestTranscripts": TestTranscripts,
		"TestHooksInSQL":  TestHooksInSQL, "TestHooksThatFail": TestHooksThatFail, "TestLettersByHook": TestLettersByHook,
		"TestAuthenticatorApps": TestAuthenticatorApps, "TestFactorsAreGuarded": TestFactorsAreGuarded, "TestRecoveryCodes": TestRecoveryCodes, "TestPhonesAsFactors": TestPhonesAsFactors,
		"TestPhoneOTP": TestPhoneOTP, "TestPhoneSignUp": TestPhoneSignUp, "TestChangeOfPhone": TestChangeOfPhone, "TestMessagesAreBounded": TestMessagesAreBounded,
		"TestOldHashesSignIn":               TestOldHashesSignIn,
		"TestOlderClientsGetTheOlderErrors": TestOlderClientsGetTheOlderErrors,
		"TestPKCE":                          TestPKCE,
		"TestReauthentication":              TestReauthentication,
		"TestRefresh":                       TestRefresh,
		"TestRefreshTokensCannotBeMade":     TestRefreshTokensCannotBeMade,
		"TestSignIn":                        TestSignIn,
		"TestSignUp":                        TestSignUp,
		"TestSignUpIsConfirmed":             TestSignUpIsConfirmed,
		"TestTriggersOnUsers":               TestTriggersOnUsers,
		"TestUpdateUser":                    TestUpdateUser,
		"TestWrongCodesAreCounted":          TestWrongCodesAreCounted,
		"TestOldTokensAreBound":             TestOldTokensAreBound, "TestWithoutRotation": TestWithoutRotation,
	} {
		t.Run(name, test)
	}
}
