package rest

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
)

// planOf is what application/vnd.pgrst.plan asks: the plan of an answer of the type what.
type planOf struct{ what, options string }

// planOptions are those that a plan may be asked with; others say nothing.
var planOptions = []string{"analyze", "verbose", "settings", "buffers", "wal"}

const planType = "application/vnd.pgrst.plan"

// negotiate picks the type of the answer, which may be a plan where those are allowed.
func (rq *request) negotiate(extra func(accept) (media, bool)) (media, error) {
	list := parseAccept(rq.r.Header["Accept"])
	if len(list) == 0 || !strings.HasPrefix(list[0].base, planType) || !rq.st.explains {
		return negotiate(list, extra)
	}
	asked := list[0]
	how := &db.Explain{JSON: asked.base == planType+"+json"}
	if !how.JSON && asked.base != planType && asked.base != planType+"+text" {
		return media{}, errMedia([]string{asked.base})
	}
	what := accept{base: asked.plan.what, full: asked.plan.what}
	if what.base == "" {
		what = plainJSON[0]
	}
	m, err := negotiate([]accept{what}, extra)
	if err != nil {
		return media{}, err
	}
	given := strings.Split(asked.plan.options, "|")
	for _, o := range planOptions {
		if slices.Contains(given, o) {
			how.Options = append(how.Options, o)
		}
	}
	m.explain, m.typ = how, planMedia(how, what.base)
	return m, nil
}

// planMedia is the Content-Type of a plan.
func planMedia(how *db.Explain, what string) string {
	typ := planType + "+text"
	if how.JSON {
		typ = planType + "+json"
	}
	if what == "application/vnd.pgrst.object" || what == "application/vnd.pgrst.array" {
		what += "+json"
	}
	typ += `; for="` + what + `"`
	if len(how.Options) > 0 {
		typ += "; options=" + strings.Join(how.Options, "|")
	}
	return typ + "; charset=utf-8"
}

// explain answers with the plan of a statement.
func (rq *request) explain(ctx context.Context, tx *db.Tx, sql string, args []any) error {
	text, err := tx.Explain(ctx, *rq.media.explain, sql, args...)
	*rq.ans = answer{status: http.StatusOK, body: text, total: -1}
	return err
}

// explainWrite answers with the plan of a write. One in several statements has several.
func (m *mutation) explainWrite(ctx context.Context, tx *db.Tx) error {
	if len(m.steps) != 1 {
		return errPlanSteps
	}
	st := &m.steps[0]
	args, err := st.bind.bind(st.plan.Args)
	if err != nil {
		return err
	}
	return m.explain(ctx, tx, st.plan.SQL, args)
}
