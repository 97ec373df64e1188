package sqlgen

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// Handler turns the rows of an answer into one value of a media type: an aggregate of
// the database's, called over the answer's rows.
type Handler struct {
	Media  string // the domain's name, in lower case
	Bytes  bool   // the value is a bytea
	before string // the call, up to the row
	cast   string // the type that the row takes, "" for any
	after  string
}

// Name tells handlers apart.
func (h *Handler) Name() string {
	if h == nil {
		return ""
	}
	return h.before
}

// handlerKey is the row type of a handler, the zero value for any, and its media type.
type handlerKey struct {
	rows  typeKey
	media string
}

// AnyMedia is the domain of handlers that take every media type.
const AnyMedia = "*/*"

func handlersOf(cat *catalog.Catalog) map[handlerKey]*Handler {
	out := map[handlerKey]*Handler{}
	if schema, ok := cat.Extensions["postgis"]; ok {
		out[handlerKey{media: "application/geo+json"}] = &Handler{
			Media:  "application/geo+json",
			before: "json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(" + qualified(schema, "st_asgeojson") + "(",
			after:  ")::json), '[]'))",
		}
	}
	for _, a := range cat.Handlers {
		h := &Handler{
			Media: strings.ToLower(a.Returns.Name), Bytes: a.Returns.Base().Kind == value.Bytea,
			before: qualified(a.Schema, a.Func) + "(", after: ")",
		}
		key := handlerKey{media: h.Media}
		if a.Rows.Kind == value.Record {
			key.rows = typeKey{a.Rows.Schema, a.Rows.Name}
			h.cast = "::" + typeSQL(a.Rows)
		}
		out[key] = h
	}
	return out
}

// HandlerFor returns what makes media of rows of t, nil for nothing; t is nil for rows of
// no table. Those of the table's own rows come first, and need them whole.
func (s *Schema) HandlerFor(t *catalog.Table, media string, whole bool) *Handler {
	if t != nil && whole {
		rows := typeKey{t.Schema, t.Name}
		for _, m := range []string{AnyMedia, media} {
			if h := s.handlers[handlerKey{rows, m}]; h != nil {
				return h
			}
		}
	}
	return s.handlers[handlerKey{media: media}]
}

// Result returns the table whose rows f returns, or nil.
func (s *Schema) Result(f *catalog.Function) *catalog.Table {
	if f.Returns == nil || f.Returns.Kind != value.Record {
		return nil
	}
	return s.tableOf(f.Returns.Schema, f.Returns.Name)
}

// handle makes a statement the source of the handler's call, and counts its rows.
func (g *gen) handle(p *Plan, row string) {
	if h := g.opt.Handler; h != nil {
		p.SQL = "select " + h.before + row + h.cast + h.after + ", count(*) from (" + p.SQL + ") _t"
		p.Counted = true
	}
}
