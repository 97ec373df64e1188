package sms_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/job"
)

// post is a real server that stands for all senders, and can be told what to say.
type post struct {
	t      *testing.T
	mu     sync.Mutex
	status int
	answer string
	got    chan *http.Request
	client *http.Client
}

func newPost(t *testing.T) *post {
	t.Helper()
	p := &post{t: t, status: 201, answer: `{}`, got: make(chan *http.Request, 10)}
	srv := httptest.NewTLSServer(p)
	t.Cleanup(srv.Close)
	p.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the one certificate stands for all names
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", srv.Listener.Addr().String())
		},
	}}
	t.Cleanup(p.client.CloseIdleConnections)
	return p
}

func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got <- r
	w.WriteHeader(p.status)
	io.WriteString(w, p.answer)
}

func (p *post) say(status int, answer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.answer = status, answer
}

func open(t *testing.T) *db.DB {
	t.Helper()
	drv, err := sqlite.Open(t.Context(), sqlite.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	d := db.New(drv)
	t.Cleanup(func() { d.Close() })
	if _, err := d.Script(t.Context(), db.Script{File: "t", SQL: "create schema if not exists plinth;" + job.Schema + auth.Schema + auth.Schema2 + auth.Schema3}); err != nil {
		t.Fatal(err)
	}
	return d
}

func keep(context.Context, *db.Tx, string, string) error { return nil }

// Each sender's request is the one that its documentation asks for.
func TestSenders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		account       sms.Account
		answer        string
		url, user     string
		header        string
		form          url.Values
		badly         string // an answer that is a refusal for good
		badlyStatus   int
		anotherStatus int // one after which it is tried again
	}{
		{account: sms.Account{Name: "twilio", Key: "AC1", Secret: "s3", From: "MG1"}, url: "api.twilio.com/2010-04-01/Accounts/AC1/Messages.json", user: "AC1",
			form: url.Values{"To": {"+4917012345678"}, "MessagingServiceSid": {"MG1"}, "Body": {"Your code is 1"}}, badly: `{"code":21211,"message":"not a number"}`, badlyStatus: 400},
		{account: sms.Account{Name: "twilio_verify", Key: "AC1", Secret: "s3", From: "VA1"}, url: "verify.twilio.com/v2/Services/VA1/Verifications", user: "AC1",
			form: url.Values{"To": {"+4917012345678"}, "Channel": {"sms"}}, badly: `{}`, badlyStatus: 403},
		{account: sms.Account{Name: "messagebird", Secret: "s3", From: "Shop"}, url: "rest.messagebird.com/messages", header: "AccessKey s3",
			form:  url.Values{"originator": {"Shop"}, "recipients": {"4917012345678"}, "body": {"Your code is 1"}, "type": {"sms"}, "datacoding": {"unicode"}},
			badly: `{"errors":[]}`, badlyStatus: 422},
		{account: sms.Account{Name: "textlocal", Secret: "s3", From: "Shop"}, answer: `{"status":"success"}`, url: "api.textlocal.in/send",
			form:  url.Values{"sender": {"Shop"}, "numbers": {"4917012345678"}, "message": {"Your code is 1"}, "apikey": {"s3"}},
			badly: `{"status":"failure","errors":[{"code":3,"message":"Invalid login details"}]}`, badlyStatus: 200},
		{account: sms.Account{Name: "vonage", Key: "k1", Secret: "s3", From: "Shop"}, answer: `{"messages":[{"status":"0"}]}`, url: "rest.nexmo.com/sms/json",
			form:  url.Values{"from": {"Shop"}, "to": {"4917012345678"}, "text": {"Your code is 1"}, "type": {"unicode"}, "api_key": {"k1"}, "api_secret": {"s3"}},
			badly: `{"messages":[{"status":"4","error-text":"Bad Credentials"}]}`, badlyStatus: 200},
	} {
		t.Run(c.account.Name, func(t *testing.T) {
			t.Parallel()
			p, d := newPost(t), open(t)
			s, err := sms.New(sms.Config{DB: d, Sender: &c.account, Keep: keep, HTTP: p.client})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 10)
			kind := s.Job()
			deliver := kind.Handle
			kind.Handle = func(ctx context.Context, r *job.Run) error {
				err := deliver(ctx, r)
				ended <- err
				return err
			}
			kind.Backoff = func(int) time.Duration { return time.Millisecond }
			cfg := job.Default()
			cfg.DB, cfg.Log, cfg.Kinds = d, slog.New(slog.DiscardHandler), map[string]job.Kind{sms.Kind: kind}
			q, err := job.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			send := func() {
				t.Helper()
				_, err := d.Write(t.Context(), db.Owner, func(tx *db.Tx) error {
					return s.Send(t.Context(), tx, sms.Message{To: "4917012345678", Body: "Your code is 1", Code: "1", Life: time.Hour})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if c.answer != "" {
				p.say(200, c.answer)
			}
			send()
			if err := q.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer q.Stop()
			r := <-p.got
			user, pass, _ := r.BasicAuth()
			if r.Host+r.URL.Path != c.url || r.PostForm.Encode() != c.form.Encode() || user != c.user || user != "" && pass != "s3" || c.header != "" && r.Header.Get("Authorization") != c.header {
				t.Errorf("request = %s%s %v %v", r.Host, r.URL.Path, r.PostForm, r.Header)
			}
			if err := <-ended; err != nil {
				t.Errorf("delivery: %v", err)
			}
			p.say(503, "")
			send()
			<-p.got
			if err := <-ended; err == nil {
				t.Error("a sender that was away took it")
			}
			p.say(c.badlyStatus, c.badly)
			for err := range ended { // the other run may be under way
				if errors.As(err, new(interface{ Unwrap() error })) {
					break
				}
			}
		})
	}
}

func TestTwilioVerifyChecks(t *testing.T) {
	t.Parallel()
	p, d := newPost(t), open(t)
	s, err := sms.New(sms.Config{DB: d, Sender: &sms.Account{Name: "twilio_verify", Key: "AC1", Secret: "s3", From: "VA1"}, Keep: keep, HTTP: p.client})
	if err != nil || !s.Verifies() {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status int
		answer string
		ok     bool
		away   bool
	}{{200, `{"status":"approved"}`, true, false}, {200, `{"status":"pending"}`, false, false}, {404, `{"status":404}`, false, false}, {500, ``, false, true}} {
		p.say(c.status, c.answer)
		ok, err := s.Check(t.Context(), "4917012345678", "123456")
		if ok != c.ok || (err != nil) != c.away || c.away && !errors.Is(err, sms.ErrAway) {
			t.Errorf("%d %s: %v, %v", c.status, c.answer, ok, err)
		}
		if r := <-p.got; r.PostForm.Get("Code") != "123456" || r.URL.Path != "/v2/Services/VA1/VerificationCheck" {
			t.Errorf("request = %s %v", r.URL, r.PostForm)
		}
	}
}

// A stranger makes the project pay for a bounded number of messages, however many
// hands he has.
func TestPumping(t *testing.T) {
	t.Parallel()
	d := open(t)
	s, err := sms.New(sms.Config{DB: d, Keep: keep, Countries: []string{"49", "1"}, PerHour: 12, PerDay: 20, PerPrefix: 5})
	if err != nil {
		t.Fatal(err)
	}
	send := func(to string) error {
		_, err := d.Write(t.Context(), db.Owner, func(tx *db.Tx) error {
			return s.Send(t.Context(), tx, sms.Message{To: to, Life: time.Hour})
		})
		return err
	}
	if err := send("447700900123"); !errors.Is(err, sms.ErrCountry) {
		t.Errorf("another country: %v", err)
	}
	count := func(prefix string, n int) (sent int) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for i := range n {
			wg.Go(func() {
				err := send(prefix + string(rune('0'+i%10)) + "000")
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					sent++
				} else if !errors.Is(err, sms.ErrTooMany) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return sent
	}
	if n := count("4917012340", 10); n != 5 {
		t.Errorf("%d messages to one range, want 5", n)
	}
	if n := count("1212555000", 10); n != 5 {
		t.Errorf("%d messages to another range, want 5", n)
	}
	if n := count("1212555111", 10); n != 2 {
		t.Errorf("%d messages over the hour's bound, want 2", n)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, c := range map[string]sms.Config{
		"no such sender": {DB: d, Keep: keep, Sender: &sms.Account{Name: "pigeon"}},
		"no secret":      {DB: d, Keep: keep, Sender: &sms.Account{Name: "twilio", Key: "k", From: "f"}},
		"a country":      {DB: d, Keep: keep, Countries: []string{"DE"}},
		"no database":    {Keep: keep},
	} {
		if _, err := sms.New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
