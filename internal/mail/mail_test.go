package mail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

var (
	server    *pgserver.Server
	databases atomic.Int32
	creating  sync.Mutex // CREATE DATABASE copies a template that nobody may be using
)

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

// house is the post with its queue on one engine, and an SMTP server that misbehaves.
type house struct {
	t    *testing.T
	db   *db.DB
	post *mail.Service
	smtp *badPost
}

func engines(t *testing.T, test func(*house), change func(*mail.Config)) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) (db.Driver, error){"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			drv, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			h := &house{t: t, db: db.New(drv), smtp: listen(t)}
			t.Cleanup(func() { h.db.Close() })
			h.script("create schema if not exists plinth;" + job.Schema + mail.Schema + mail.Schema2)
			cfg := mail.Default()
			cfg.DB, cfg.Log, cfg.From, cfg.FromName = h.db, slog.New(slog.DiscardHandler), "app@example.com", "The App"
			cfg.SMTP = &mail.SMTP{Host: "127.0.0.1", Port: h.smtp.port, Plain: true}
			if change != nil {
				change(&cfg)
			}
			if h.post, err = mail.New(cfg); err != nil {
				t.Fatal(err)
			}
			test(h)
		})
	}
}

func openSQLite(t *testing.T) (db.Driver, error) {
	return sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir()})
}

func openPostgres(t *testing.T) (db.Driver, error) {
	ctx := context.Background()
	name := fmt.Sprintf("mail%d", databases.Add(1))
	admin, err := pgconn.Connect(ctx, server.URL)
	if err != nil {
		return nil, err
	}
	creating.Lock()
	_, err = admin.Exec(ctx, "create database "+name).ReadAll()
	creating.Unlock()
	if err := errors.Join(err, admin.Close(ctx)); err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Config{URL: strings.Replace(server.URL, "dbname=postgres", "dbname="+name, 1), Conns: 4})
}

func (h *house) script(sql string) {
	h.t.Helper()
	if _, err := h.db.Script(context.Background(), db.Script{File: "test.sql", SQL: sql}); err != nil {
		h.t.Fatal(err)
	}
}

// run starts the queue.
func (h *house) run() {
	h.t.Helper()
	cfg := job.Default()
	k := h.post.Job()
	k.Backoff = func(int) time.Duration { return time.Millisecond }
	cfg.DB, cfg.Log, cfg.Poll = h.db, slog.New(slog.DiscardHandler), 20*time.Millisecond
	cfg.Kinds = map[string]job.Kind{mail.Kind: k, "mail.sweep": h.post.Sweep()}
	q, err := job.New(cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := q.Start(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(q.Stop)
}

func (h *house) send(l mail.Letter, after error) error {
	h.t.Helper()
	_, err := h.db.Write(context.Background(), db.Session{Role: "anon"}, func(tx *db.Tx) error {
		if _, err := h.post.Send(context.Background(), tx, l); err != nil {
			return err
		}
		return after
	})
	return err
}

func (h *house) until(sql, want string) {
	h.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(10 * time.Second)
	for {
		rows, err := h.db.Query(context.Background(), db.Owner, sql)
		if err != nil {
			h.t.Fatal(err)
		}
		got := ""
		if rows.Next() {
			text, _ := rows.AppendText(nil, 0)
			got = string(text)
		}
		rows.Close()
		if got == want {
			return
		}
		select {
		case <-tick.C:
		case <-end.C:
			h.t.Fatalf("%s = %s, want %s", sql, got, want)
		}
	}
}

func hello(to string) mail.Letter {
	return mail.Letter{To: to, Template: mail.Confirmation, Vars: mail.Vars{
		Email: to, Token: "123456", SiteURL: "https://app.example.com", ConfirmationURL: "https://app.example.com/verify?a=1&b=2",
	}}
}

func TestLettersFollowTheTransaction(t *testing.T) {
	engines(t, func(h *house) {
		h.run()
		wrong := errors.New("rolled back")
		if err := h.send(hello("ghost@example.com"), wrong); !errors.Is(err, wrong) {
			h.t.Fatal(err)
		}
		nobody := hello("nobody@example.com")
		nobody.Nobody = true
		for _, l := range []mail.Letter{nobody, hello("Ann@example.com")} {
			if err := h.send(l, nil); err != nil {
				h.t.Fatal(err)
			}
		}
		text := <-h.smtp.got
		for _, want := range []string{`From: "The App" <app@example.com>`, "To: <ann@example.com>", "Subject: Confirm your address", "123456", "@example.com>"} {
			if !strings.Contains(text, want) {
				h.t.Errorf("%q is not in\n%s", want, text)
			}
		}
		h.until("select count(*) from plinth.jobs", "0") // nobody's is done, and was not sent
		h.until("select count(*) from plinth.letters where address = 'nobody@example.com'", "1")
		select {
		case text := <-h.smtp.got:
			h.t.Errorf("nobody got %s", text)
		default:
		}
		h.until("select count(*) from plinth.letters where sent_at is not null and body is null", "1")
	}, nil)
}

func TestTheServerMisbehaves(t *testing.T) {
	engines(t, func(h *house) {
		h.smtp.script("rcpt 451", "data 452", "cut", "") // busy, full, gone, well
		h.run()
		if err := h.send(hello("ann@example.com"), nil); err != nil {
			h.t.Fatal(err)
		}
		<-h.smtp.got
		h.until("select count(*) from plinth.jobs", "0")
		h.smtp.script("rcpt 550")
		if err := h.send(hello("nobody@example.com"), nil); err != nil {
			h.t.Fatal(err)
		}
		h.until("select attempt from plinth.jobs where dead_at is not null", "1")
	}, nil)
}

func TestAnOldLetterIsNotSent(t *testing.T) {
	engines(t, func(h *house) {
		l := hello("ann@example.com")
		l.Life = time.Nanosecond
		if err := h.send(l, nil); err != nil {
			h.t.Fatal(err)
		}
		h.run()
		h.until("select count(*) from plinth.jobs where dead_at is not null", "1")
	}, nil)
}

func TestBounds(t *testing.T) {
	engines(t, func(h *house) {
		for _, c := range []struct {
			to string
			ok bool
		}{{"a@example.com", true}, {"A@example.com", true}, {"a@example.com", false}, {"b@example.com", true}, {"c@example.com", false}} {
			if err := h.send(hello(c.to), nil); (err == nil) != c.ok || err != nil && !errors.Is(err, mail.ErrTooMany) {
				h.t.Errorf("to %s: %v", c.to, err)
			}
		}
	}, func(c *mail.Config) { c.PerAddress, c.PerHour = 2, 3 })
}

func TestInbox(t *testing.T) {
	engines(t, func(h *house) {
		l := hello("ann@example.com")
		l.Vars.Email = `"><script>alert(1)</script>@example.com`
		if err := h.send(l, nil); err != nil {
			h.t.Fatal(err)
		}
		get := func(method, path string) string {
			w := httptest.NewRecorder()
			h.post.Inbox().ServeHTTP(w, httptest.NewRequest(method, path, nil))
			return w.Body.String()
		}
		if got := get("GET", "/messages?to=ann@example.com"); !strings.Contains(got, "123456") || !strings.Contains(got, `"template":"confirmation"`) {
			h.t.Errorf("messages = %s", got)
		}
		if got := get("GET", "/messages?to=b@example.com"); !strings.Contains(got, `"messages":[]`) {
			h.t.Errorf("another's messages = %s", got)
		}
		if got := get("GET", "/"); !strings.Contains(got, "123456") || strings.Contains(got, "<script>") {
			h.t.Errorf("page = %s", got)
		}
		get("DELETE", "/messages")
		h.until("select count(*) from plinth.letters", "0")
	}, func(c *mail.Config) { c.SMTP = nil })
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	cfg := mail.Default()
	cfg.DB, cfg.Log = db.New(nil), slog.New(slog.DiscardHandler)
	cfg.Templates = map[string]mail.Template{mail.Recovery: {Subject: "{{ .Nothing }}"}}
	if _, err := mail.New(cfg); err == nil {
		t.Error("a template with an unknown variable was taken")
	}
	cfg.Templates = map[string]mail.Template{mail.Recovery: {Body: `<a href="{{ .ConfirmationURL }}">{{ .Data.name }}</a>`}}
	if _, err := mail.New(cfg); err != nil {
		t.Error(err)
	}
	if _, err := mail.New(mail.Config{From: "x", SMTP: &mail.SMTP{}}); err == nil || strings.Count(err.Error(), "mail:") != 4 {
		t.Errorf("err = %v", err)
	}
}

// badPost is an SMTP server that does as its script says, a line a connection.
type badPost struct {
	port int
	got  chan string
	mu   sync.Mutex
	plan []string
}

func (s *badPost) script(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = lines
}

func listen(t *testing.T) *badPost {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &badPost{port: ln.Addr().(*net.TCPAddr).Port, got: make(chan string, 100)}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		do := ""
		if len(s.plan) > 0 {
			do, s.plan = s.plan[0], s.plan[1:]
		}
		return &talk{s, c, do}, nil
	}))
	srv.Domain, srv.ErrorLog = "localhost", quiet{}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close() })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type talk struct {
	s  *badPost
	c  *smtp.Conn
	do string
}

func (k *talk) refuse(at string) error {
	word, code, _ := strings.Cut(k.do, " ")
	if word != at {
		return nil
	}
	n := 0
	fmt.Sscan(code, &n)
	return &smtp.SMTPError{Code: n, Message: "as the script says"}
}

func (k *talk) Reset()                                   {}
func (k *talk) Logout() error                            { return nil }
func (k *talk) Mail(string, *smtp.MailOptions) error     { return k.refuse("mail") }
func (k *talk) Rcpt(_ string, _ *smtp.RcptOptions) error { return k.refuse("rcpt") }
func (k *talk) Data(r io.Reader) error {
	if k.do == "cut" {
		return errors.Join(k.c.Conn().Close(), io.ErrUnexpectedEOF)
	}
	if err := k.refuse("data"); err != nil {
		return err
	}
	text, err := io.ReadAll(r)
	k.s.got <- string(text)
	return err
}
