package mail

import (
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// shown is a letter in the Inbox.
type shown struct {
	ID       string    `json:"id"`
	To       string    `json:"to"`
	Template string    `json:"template"`
	Subject  string    `json:"subject"`
	Body     string    `json:"body"`
	At       time.Time `json:"created_at"`
}

const (
	sqlInbox = `select id, address, template, subject, body, created_at from plinth.letters
 where body is not null and ($1 = '' or address = $1) order by created_at desc, id desc limit 100`
	sqlForgetTo = `delete from plinth.letters where address = any($1::text[])`
	sqlKeep     = `insert into plinth.letters (address, template, subject, body, sent_at) values ($1, $2, $3::text, $4::text, now())`
	sqlClear    = `delete from plinth.letters where body is not null`
)

// Inbox shows the letters that no server was there to take: a page at GET /, JSON at
// GET /messages?to=address, newest first; DELETE /messages forgets them. Whoever
// reaches it reads every code: mount it for the developer alone.
func (s *Service) Inbox() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /messages", s.list)
	mux.HandleFunc("DELETE /messages", s.clear)
	return mux
}

// Keep puts a message to a phone, which no sender was there to take, into the Inbox. An
// empty one, to a number that nobody has, is written and not shown.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, to, body string) (err error) {
	if body == "" {
		_, err = tx.As(db.Owner).Exec(ctx, sqlKeep, to, nobody, nil, nil)
	} else {
		_, err = tx.As(db.Owner).Exec(ctx, sqlKeep, to, "sms", "A message: "+body, template.HTMLEscapeString(body))
	}
	return err
}

// Forget drops what was sent to these addresses and numbers.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, to []string) error {
	_, err := tx.As(db.Owner).Exec(ctx, sqlForgetTo, to)
	return err
}

func (s *Service) letters(ctx context.Context, to string) ([]shown, error) {
	out := []shown{}
	rows, err := s.cfg.DB.Query(ctx, db.Owner, sqlInbox, to)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		v := rows.Row()
		out = append(out, shown{v[0].S, v[1].S, v[2].S, v[3].S, v[4].S, time.UnixMicro(v[5].I).UTC()})
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) {
	all, err := s.letters(r.Context(), r.URL.Query().Get("to"))
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": all}) // the client has gone
}

func (s *Service) clear(w http.ResponseWriter, r *http.Request) {
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(r.Context(), sqlClear)
		return err
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Service) fail(w http.ResponseWriter, err error) {
	s.cfg.Log.Error("mail: the inbox", "error", err)
	http.Error(w, "the letters cannot be read", http.StatusInternalServerError)
}

func (s *Service) page(w http.ResponseWriter, r *http.Request) {
	all, err := s.letters(r.Context(), "")
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src https: data:; frame-ancestors 'self'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	t := template.Must(template.New("inbox").Parse(inboxPage)) // a constant
	_ = t.Execute(w, all)                                      // the client has gone
}

const inboxPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Letters</title><style>body{font:16px system-ui;max-width:46em;margin:2em auto;padding:0 1em}
details{border:1px solid #ccc;border-radius:6px;margin:.6em 0;padding:.6em}summary{cursor:pointer}
iframe{width:100%;height:16em;border:0;background:#fff}small{color:#666}</style>
<h1>Letters</h1><p>No SMTP server is configured: letters stay here.</p>
{{range .}}<details><summary><b>{{.Subject}}</b> to {{.To}} <small>{{.At.Format "2006-01-02 15:04:05"}} UTC</small></summary>
<iframe sandbox="allow-popups allow-top-navigation-by-user-activation" srcdoc="{{.Body}}"></iframe></details>
{{else}}<p>None yet.</p>{{end}}</html>`
