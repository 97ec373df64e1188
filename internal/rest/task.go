package rest

import (
	"context"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/idempotency"
)

// task is a request that is understood: its statements are planned, and only the
// transaction is missing.
type task struct {
	*request
	writes bool
	// volatile is a call that may write, though GET may not.
	volatile bool
	// perform runs the statements and fills the answer; it may be called again.
	perform func(context.Context, *db.Tx) error
}

// transact answers a writing task.
func (s *Service) transact(w http.ResponseWriter, t *task) error {
	kept, err := s.commit(t)
	if err != nil {
		return t.refuse(w, err)
	}
	t.timing.lap(transacting)
	if kept != nil {
		return replay(w, t.request.r, kept)
	}
	return s.respond(w, t.request)
}

// commit performs a writing task in a transaction of its own, once for all requests
// with its Idempotency-Key: a repeat gets the answer that was kept.
func (s *Service) commit(t *task) (kept *idempotency.Answer, err error) {
	ctx := t.ctx
	_, err = s.db.Write(ctx, t.actor, func(tx *db.Tx) (err error) {
		if kept, err = t.once.Begin(ctx, tx); err != nil || kept != nil {
			return err
		}
		if err := t.perform(ctx, tx); err != nil {
			return err
		}
		if t.rollsBack() {
			return db.ErrDryRun
		}
		return s.keep(ctx, tx, t.request)
	})
	return kept, err
}

// rollsBack reports whether the transaction is undone at its end.
func (rq *request) rollsBack() bool {
	if tx := rq.prefer.tx; tx != "" {
		return tx == "rollback"
	}
	return strings.HasPrefix(rq.st.txEnd, "rollback")
}

// refuse says with the error of a range what there is.
func (rq *request) refuse(w http.ResponseWriter, err error) error {
	if rq.ans.rng != "" && fault.CodeOf(err) == "PGRST103" {
		w.Header().Set("Content-Range", rq.ans.rng)
	}
	return err
}

// shaping are the headers that change what a write does or answers.
var shaping = []string{"Content-Type", "Content-Profile", "Accept", "Prefer"}

// key reads the Idempotency-Key of a write.
func (s *Service) key(rq *request, body []byte) (err error) {
	if rq.r.Header["Idempotency-Key"] == nil {
		return nil
	}
	if sc := rq.st.cat.Schemas["plinth"]; sc == nil || sc.Tables["idempotency"] == nil {
		return errNoKeys
	}
	role := rq.st.cat.Roles[rq.actor.Role]
	rq.once, err = idempotency.Of(idempotency.Request{
		HTTP: rq.r, Actor: rq.actor, Trusted: role != nil && role.BypassRLS, Body: body, Headers: shaping,
	})
	return err
}

// keep stores the answer of a write with its key.
func (s *Service) keep(ctx context.Context, tx *db.Tx, rq *request) error {
	if rq.once == nil {
		return nil
	}
	h := http.Header{}
	s.head(h, rq)
	return rq.once.Keep(ctx, tx, idempotency.Answer{Status: rq.ans.status, Header: h, Body: rq.ans.body})
}

// replay sends an answer that was kept.
func replay(w http.ResponseWriter, r *http.Request, kept *idempotency.Answer) error {
	h := w.Header()
	for name, vals := range kept.Header {
		h[name] = vals
	}
	ans := answer{status: kept.Status, body: kept.Body}
	ans.send(w, r)
	return nil
}
