package hook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/token"
)

// Kind is the name of the jobs.
const Kind = "auth.hook"

// Names of the hooks.
const (
	CustomAccessToken = "custom_access_token"
	BeforeUserCreated = "before_user_created"
	PasswordAttempt   = "password_verification_attempt"
	FactorAttempt     = "mfa_verification_attempt"
	SendSMS           = "send_sms"
	SendEmail         = "send_email"
)

// Target is where a hook is.
type Target struct {
	URI     string       // pg-functions://postgres/<schema>/<function>, or an http(s) address
	Secrets token.Secret // "v1,whsec_…|v1,whsec_…", for HTTP
}

// Config of a Service.
type Config struct {
	DB      *db.DB
	Log     *slog.Logger
	Targets map[string]Target // by name; others are not asked
	HTTP    *http.Client      // nil for one that follows no redirect
	Now     func() time.Time  // nil for time.Now
}

// Faults of the package. A refusal has the function's own message and status.
var (
	ErrRefused = fault.New(fault.Forbidden, "hook_rejected", "A hook of this project refused the request")
	ErrTimeout = fault.New(fault.Unavailable, "hook_timeout", "A hook of this project did not answer in time")
	ErrFailed  = fault.New(fault.Unavailable, "unexpected_failure", "A hook of this project failed")
	ErrAnswer  = fault.New(fault.Unavailable, "hook_payload_invalid", "A hook of this project answered what cannot be read")
	ErrSize    = fault.New(fault.Unavailable, "hook_payload_over_size_limit", "A hook of this project answered too much")
)

const (
	sqlTime    = 2 * time.Second
	httpTime   = 5 * time.Second
	maxAnswer  = 200 << 10
	httpTries  = 3
	longestNap = time.Second // between two tries that somebody waits for
)

// actor is who runs SQL functions.
var actor = db.Session{Role: "supabase_auth_admin"}

// Service asks hooks.
type Service struct {
	cfg     Config
	targets map[string]target
}

type target struct {
	sql     string // a statement that takes the event; "" for HTTP
	url     string
	secrets [][]byte
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]{0,62}$`)

// New reads the targets.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Log == nil {
		return nil, errors.New("hook: DB and Log must be set")
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Service{cfg: cfg, targets: map[string]target{}}
	for name, t := range cfg.Targets {
		read, err := t.read()
		if err != nil {
			return nil, fmt.Errorf("auth.hook.%s: %w", name, err)
		}
		s.targets[name] = read
	}
	return s, nil
}

func (t Target) read() (target, error) {
	u, err := url.Parse(t.URI)
	if err != nil {
		return target{}, errors.New("uri is no address")
	}
	switch u.Scheme {
	case "pg-functions":
		parts := strings.Split(strings.Trim(u.Path, "/"), "/")
		if len(parts) != 2 || !plainName.MatchString(parts[0]) || !plainName.MatchString(parts[1]) {
			return target{}, errors.New("uri must be pg-functions://postgres/<schema>/<function>")
		}
		return target{sql: `select "` + parts[0] + `"."` + parts[1] + `"($1::jsonb)`}, nil
	case "http", "https":
		secrets, err := readSecrets(t.Secrets)
		return target{url: t.URI, secrets: secrets}, err
	}
	return target{}, errors.New("uri must begin with pg-functions://, http:// or https://")
}

// Has says whether the project has the hook.
func (s *Service) Has(name string) bool {
	if s == nil {
		return false
	}
	_, ok := s.targets[name]
	return ok
}

// Call asks the hook and reads its answer into out. Without the hook it does nothing.
func (s *Service) Call(ctx context.Context, name string, in, out any) error {
	if !s.Has(name) {
		return nil
	}
	t := s.targets[name]
	event, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var text []byte
	if t.sql != "" {
		ctx, cancel := context.WithTimeout(ctx, sqlTime)
		defer cancel()
		_, err = s.cfg.DB.Write(ctx, actor, func(tx *db.Tx) (err error) {
			text, err = run(ctx, tx, t.sql, event)
			return err
		})
		err = sqlFault(ctx, name, err)
	} else {
		text, err = s.post(ctx, t, event)
	}
	if err != nil {
		return err
	}
	return answer(text, out)
}

// Send tells the hook in the caller's transaction, whoever acts in it.
func (s *Service) Send(ctx context.Context, tx *db.Tx, name string, in any) error {
	t := s.targets[name]
	event, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if t.sql == "" {
		return job.Enqueue(ctx, tx, job.Job{Kind: Kind, Args: told{Name: name, Event: event}, Priority: job.High})
	}
	text, err := run(ctx, tx.As(actor), t.sql, event)
	if err != nil {
		return sqlFault(ctx, name, err)
	}
	return answer(text, nil)
}

// Feign does what Send does for somebody, where there is nobody to tell of: a job that
// ends at once. A SQL function is not called, since it would send something.
func (s *Service) Feign(ctx context.Context, tx *db.Tx, name string) error {
	if s.targets[name].sql != "" {
		return nil
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: Kind, Args: told{}, Priority: job.High})
}

// told is a job's arguments; Name is "" where there is nobody to tell of.
type told struct {
	Name  string          `json:"name"`
	Event json.RawMessage `json:"event"`
}

// Job is the hooks' entry in a queue.
func (s *Service) Job() job.Kind {
	return job.Kind{Timeout: 30 * time.Second, Handle: func(ctx context.Context, r *job.Run) error {
		var a told
		if err := r.Args(&a); err != nil {
			return err
		}
		if a.Name == "" {
			return nil
		}
		t, ok := s.targets[a.Name]
		if !ok || t.sql != "" {
			return job.Discard(fmt.Errorf("the hook %s is not at an address any more", a.Name))
		}
		text, err := s.once(ctx, t, a.Event)
		if err != nil {
			return err
		}
		return answer(text, nil)
	}}
}

func run(ctx context.Context, tx *db.Tx, sql string, event []byte) ([]byte, error) {
	rows, err := tx.Query(ctx, sql, string(event))
	if err != nil {
		return nil, err
	}
	var text []byte
	if rows.Next() {
		text = []byte(rows.Value(0).S)
	}
	return text, errors.Join(rows.Err(), rows.Close())
}

// sqlFault tells a function's own refusal from its failure.
func sqlFault(ctx context.Context, name string, err error) error {
	switch f := fault.From(err); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ErrTimeout.WithCause(err)
	case f.Code == "P0001": // it raised
		out := *ErrRefused
		out.Message = f.Message
		return out.WithCause(err)
	default:
		return ErrFailed.WithCause(fmt.Errorf("hook %s: %w", name, err))
	}
}

// answer reads what a hook says: its refusal, or its answer.
func answer(text []byte, out any) error {
	if len(text) > maxAnswer {
		return ErrSize
	}
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	var no struct {
		Error *struct {
			Status  int    `json:"http_code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(text, &no); err != nil {
		return ErrAnswer.WithCause(err)
	}
	if no.Error != nil {
		f := *ErrRefused
		if no.Error.Message != "" {
			f.Message = no.Error.Message
		}
		if f.Status = no.Error.Status; f.Status < 400 || f.Status > 599 {
			f.Status = http.StatusForbidden
		}
		return &f
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return ErrAnswer.WithCause(err)
	}
	return nil
}
