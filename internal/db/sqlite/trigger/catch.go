package trigger

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// guarded runs a block that has handlers: its changes are taken back before one runs.
func (fr *frame) guarded(b *plpgsql.Block) (flow, error) {
	leave, err := fr.a.Enter()
	if err != nil {
		return flow{}, err
	}
	defer leave()
	conn := fr.a.Tx.Conn
	catalogue, cache, deferred := fr.a.Tx.Catalog, fr.a.Tx.Cache, fr.a.Tx.Deferred()
	fr.depth++
	point := "pl" + strconv.Itoa(fr.a.Tx.Depth())
	if err := conn.Exec("savepoint " + point); err != nil {
		return flow{}, err
	}
	f, err := fr.list(b.Body)
	if err == nil {
		return f, conn.Exec("release " + point)
	}
	h := handler(b, fault.From(err))
	if h == nil || conn.Autocommit() {
		return flow{}, err
	}
	if rerr := conn.Exec("rollback to " + point + "; release " + point); rerr != nil {
		return flow{}, err
	}
	fr.a.Tx.Catalog, fr.a.Tx.Cache = catalogue, cache
	fr.a.Tx.Forget(deferred)
	return fr.handle(h, fault.From(err))
}

func (fr *frame) handle(h *plpgsql.Handler, f *fault.Error) (flow, error) {
	slots, names := fr.mark()
	defer fr.back(slots, names)
	outer := fr.caught
	fr.caught = f
	defer func() { fr.caught = outer }()
	fr.declare("sqlstate", value.TText, value.Str(f.Code))
	fr.declare("sqlerrm", value.TText, value.Str(f.Message))
	return fr.list(h.Body)
}

// handler returns the first handler that takes f.
func handler(b *plpgsql.Block, f *fault.Error) *plpgsql.Handler {
	for i := range b.Handlers {
		for _, c := range b.Handlers[i].Conds {
			if takes(c, f.Code) {
				return &b.Handlers[i]
			}
		}
	}
	return nil
}

func takes(c plpgsql.Condition, state string) bool {
	switch {
	case c.Name == "others":
		return state != "57014" && state != "P0004"
	case strings.HasSuffix(c.State, "000") && len(state) == 5:
		return state[:2] == c.State[:2]
	}
	return c.State == state
}
