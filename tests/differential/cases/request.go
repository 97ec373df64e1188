package cases

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
)

// A step may be a request of the data API on one line:
//
//	PATCH /t1?id=eq.1 | return=representation | {"a": 2}
//
// that is method and target, the Prefer header, the body.

// Request is a step that is a request.
type Request struct{ Method, Target, Prefer, Body string }

// ParseRequest reads a step; ok is false where it is SQL.
func ParseRequest(text string) (r Request, ok bool) {
	r.Method, text, _ = strings.Cut(text, " ")
	switch r.Method {
	case "GET", "HEAD", "POST", "PATCH", "PUT", "DELETE":
	default:
		return Request{}, false
	}
	if !strings.HasPrefix(text, "/") {
		return Request{}, false
	}
	r.Target, text, _ = strings.Cut(text, " | ")
	r.Prefer, r.Body, _ = strings.Cut(text+" ", "| ")
	r.Prefer, r.Body = strings.TrimSpace(r.Prefer), strings.TrimSpace(r.Body)
	return r, true
}

// Requests reports whether a step of the script is a request.
func (s *Script) Requests() bool {
	return slices.ContainsFunc(s.Steps, func(st Step) bool { _, ok := ParseRequest(st.SQL); return ok })
}

// String writes r as ParseRequest reads it.
func (r Request) String() string {
	return r.Method + " " + r.Target + " | " + r.Prefer + " | " + r.Body
}

// GenerateRequests returns a case whose commands are requests of the data API.
func GenerateRequests(seed int) *Script {
	g := generator(seed)
	s := &Script{Name: fmt.Sprintf("request seed %d", seed), Schema: g.out}
	g.r = rand.New(rand.NewPCG(uint64(seed), 22))
	for _, t := range g.tables {
		s.Steps = append(s.Steps, g.rows(t)...)
	}
	for range 20 {
		who := g.of("u1", "u1", "u2", "u2", "u3", "anon", "service", "service")
		s.Steps = append(s.Steps, Step{who, g.request().String()})
	}
	return s
}

func (g *gen) request() Request {
	t := g.tables[g.n(len(g.tables))]
	switch g.n(16) {
	case 0, 1:
		return g.post(t)
	case 2, 3:
		return g.patch(t)
	case 4:
		return Request{"DELETE", "/" + t.name + "?" + join(g.filters(t), g.plainly(t)), g.of("return=representation", "return=minimal", "count=exact"), ""}
	case 5:
		return g.put(t)
	case 6:
		return g.rpc(t)
	}
	return g.get(t)
}

// join makes a query string.
func join(parts ...[]string) string {
	var all []string
	for _, p := range parts {
		all = append(all, p...)
	}
	return strings.Join(all, "&")
}

func param(key, val string) string { return key + "=" + url.QueryEscape(val) }

func (g *gen) get(t *table) Request {
	if len(g.views) > 0 && g.chance(15) {
		t = g.views[g.n(len(g.views))]
	}
	method, prefer := "GET", ""
	if g.chance(25) {
		prefer = "count=exact"
		method = g.of("GET", "GET", "HEAD")
	}
	if g.chance(12) {
		return Request{method, "/" + t.name + "?" + join(g.aggregate(t), g.filters(t)), prefer, ""}
	}
	var bounds []string
	if g.chance(25) {
		bounds = append(bounds, fmt.Sprintf("limit=%d", g.n(5)))
	}
	if g.chance(12) {
		bounds = append(bounds, fmt.Sprintf("offset=%d", g.n(4)))
	}
	order := "id"
	if g.chance(30) {
		order = t.cols[g.n(len(t.cols))].name + g.of("", ".desc", ".nullsfirst", ".desc.nullslast") + ",id"
	}
	return Request{method, "/" + t.name + "?" + join(g.shown(t), g.filters(t), []string{param("order", order)}, bounds), prefer, ""}
}

// aggregate is a select list of one column and aggregates.
func (g *gen) aggregate(t *table) []string {
	c := t.cols[g.n(len(t.cols))]
	list := g.of("count()", "n:count()", "id.count()")
	if f := family(c.typ); f == "int" || f == "num" {
		list += "," + c.name + g.of(".sum()", ".max()", ".min()", ".avg()")
	}
	if g.chance(50) {
		by := t.cols[g.n(len(t.cols))].name
		return []string{param("select", by+","+list), "order=" + by}
	}
	return []string{param("select", list)}
}

// shown is a select list with embeds, each with an order of its own.
func (g *gen) shown(t *table) []string {
	if g.chance(25) {
		return nil
	}
	var items, more []string
	for range 1 + g.n(3) {
		items = append(items, g.item(t))
	}
	if g.chance(40) && !t.view {
		embed, orders := g.embed(t, 2)
		if embed != "" {
			items, more = append(items, embed), orders
		}
	}
	return append([]string{param("select", strings.Join(items, ","))}, more...)
}

// plainly is a select list without embeds: what those of a deleted row show is known to
// differ (known-snapshot.sql).
func (g *gen) plainly(t *table) []string {
	if g.chance(25) {
		return nil
	}
	return []string{param("select", g.item(t)+","+g.item(t))}
}

func (g *gen) item(t *table) string {
	c := t.cols[g.n(len(t.cols))]
	switch {
	case g.chance(15):
		return "*"
	case g.chance(20):
		return "x" + c.name + ":" + c.name
	case family(c.typ) == "json" && g.chance(60):
		return c.name + g.of("->a", "->>a", "->b->0", "->b->>0", "->bb->c", "->0", "->-1")
	case family(c.typ) == "array" && g.chance(40):
		return c.name + g.of("->0", "->>1")
	case g.chance(12):
		return c.name + "::text"
	}
	return c.name
}

// embed is a related table: the parent by a foreign key, or the children.
func (g *gen) embed(t *table, depth int) (text string, orders []string) {
	type way struct {
		to   *table
		key  string
		many bool
	}
	var ways []way
	for _, o := range g.tables {
		for _, c := range o.cols {
			if c.ref == t {
				ways = append(ways, way{o, o.name + "_" + c.name + "_fkey", true})
			}
			if o == t && c.ref != nil {
				ways = append(ways, way{c.ref, t.name + "_" + c.name + "_fkey", false})
			}
		}
	}
	if len(ways) == 0 {
		return "", nil
	}
	w := ways[g.n(len(ways))]
	inner := w.to.name + "!" + w.key + g.of("", "", "!inner", "!left")
	if w.many && g.chance(20) {
		return w.to.name + "!" + w.key + "(count)", nil
	}
	label := fmt.Sprintf("e%d", depth)
	if g.chance(15) {
		cols := g.of("k:id", "k:id,o:"+w.to.cols[len(w.to.cols)-1].name)
		if w.many {
			return "..." + inner + "(" + cols + ")", []string{w.to.name + ".order=id"}
		}
		return "..." + inner + "(" + cols + ")", nil
	}
	list := g.item(w.to)
	if w.many {
		orders = append(orders, label+".order=id")
		if g.chance(20) {
			orders = append(orders, label+".limit=1")
		}
	}
	if g.chance(25) {
		orders = append(orders, label+"."+g.filter(w.to))
	}
	if depth > 1 && g.chance(30) {
		below, more := g.embed(w.to, depth-1)
		if below != "" {
			list += "," + below
			for _, m := range more {
				orders = append(orders, label+"."+m)
			}
		}
	}
	return label + ":" + inner + "(" + list + ")", orders
}

func (g *gen) filters(t *table) []string {
	var out []string
	for range g.n(3) {
		out = append(out, g.filter(t))
	}
	if g.chance(15) {
		out = append(out, param(g.of("or", "and", "not.or"), "("+g.leaf(t)+","+g.leaf(t)+")"))
	}
	if len(out) == 0 && g.chance(60) {
		out = append(out, param("id", "eq."+plain(keyLiteral(t.cols[0].typ, 1+g.n(6)))))
	}
	return out
}

// filter is column=operator.value.
func (g *gen) filter(t *table) string {
	name, cond := g.condition(t, false)
	return param(name, cond)
}

// leaf is a condition inside a logic tree.
func (g *gen) leaf(t *table) string {
	name, cond := g.condition(t, true)
	return name + "." + cond
}

func (g *gen) condition(t *table, nested bool) (name, cond string) {
	c := t.cols[g.n(len(t.cols))]
	val := func() string {
		v := plain(g.value(c.typ))
		if c.key || c.ref != nil {
			v = plain(keyLiteral(c.typ, 1+g.n(6)))
		}
		if g.chance(2) && wrong[c.typ] != nil {
			v = plain(g.of(wrong[c.typ]...))
		}
		return v
	}
	quoted := func(v string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
	}
	one := val
	if nested {
		one = func() string { return quoted(val()) }
	}
	not := g.of("", "", "", "not.")
	switch {
	case g.chance(12):
		return c.name, not + "is.null"
	case g.chance(12):
		return c.name, not + "in.(" + quoted(val()) + "," + quoted(val()) + ")"
	case g.chance(6):
		return c.name, not + "isdistinct." + one()
	}
	switch family(c.typ) {
	case "json":
		if g.chance(50) {
			return c.name + g.of("->>a", "->b->>0"), not + g.of("eq.", "neq.", "gt.") + g.of("1", "x", "2")
		}
		return c.name, not + "cs." + one()
	case "array":
		return c.name, not + g.of("cs.", "cd.", "ov.", "eq.") + one()
	case "bool":
		return c.name, not + g.of("is.true", "is.false", "is.unknown", "eq.true")
	case "text":
		if g.chance(35) {
			return c.name, not + g.of("like.", "ilike.") + g.of("a*", "*B*", "%25x", "A_")
		}
	}
	if family(c.typ) == "int" && g.chance(10) && !nested {
		return c.name, not + g.of("eq", "gt", "lt") + g.of("(any)", "(all)") + ".{" + val() + "," + val() + "}"
	}
	return c.name, not + g.of("eq.", "neq.", "gt.", "gte.", "lt.", "lte.") + one()
}

// plain is the text of an SQL literal.
func plain(lit string) string {
	if strings.HasPrefix(lit, "'") {
		return strings.ReplaceAll(strings.Trim(lit, "'"), "''", "'")
	}
	if list, ok := strings.CutPrefix(lit, "array["); ok {
		return "{" + strings.NewReplacer("'", "", " ", "", "]", "").Replace(list) + "}"
	}
	return lit
}

// member is a column's value in a body.
func (g *gen) member(c *col) any {
	lit := g.input(c)
	if lit == "null" || lit == "auth.uid()" {
		return nil
	}
	text := plain(lit)
	switch family(c.typ) {
	case "int", "num", "float", "bool":
		if json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	case "json":
		if json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	case "array":
		if g.chance(40) && family(c.typ) == "array" {
			if c.typ == "int[]" {
				return []int{g.n(3), g.n(9)}
			}
			return []string{"a", "x y"}
		}
	}
	return text
}

func (g *gen) object(cols []*col) string {
	var parts []string
	for _, c := range cols {
		val, _ := json.Marshal(g.member(c)) // of plain values
		parts = append(parts, `"`+c.name+`": `+string(val))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (g *gen) post(t *table) Request {
	cols := g.someColumns(t)
	body := g.object(cols)
	query := g.shown(t)
	if n := g.n(3); n > 0 {
		rows := []string{body}
		for range n {
			rows = append(rows, g.object(cols))
		}
		body = "[" + strings.Join(rows, ", ") + "]"
	}
	prefer := g.of("return=representation", "return=representation", "return=minimal", "return=headers-only", "count=exact")
	if g.chance(45) {
		prefer += ", resolution=" + g.of("merge-duplicates", "ignore-duplicates")
		if g.chance(25) {
			for _, c := range t.cols {
				if c.unique {
					query = append(query, "on_conflict="+c.name)
					break
				}
			}
		}
	}
	if g.chance(15) {
		prefer += ", missing=" + g.of("default", "null")
		query = append(query, param("columns", strings.ReplaceAll(names(g.settable(t)), " ", "")))
	}
	return Request{"POST", "/" + t.name + "?" + join(query), prefer, body}
}

// settable are the columns that a body may name.
func (g *gen) settable(t *table) []*col {
	var out []*col
	for _, c := range t.cols {
		if !c.computed {
			out = append(out, c)
		}
	}
	return out
}

func (g *gen) patch(t *table) Request {
	var cols []*col
	for _, c := range g.settable(t) {
		if !c.key && g.chance(40) {
			cols = append(cols, c)
		}
	}
	return Request{"PATCH", "/" + t.name + "?" + join(g.filters(t), g.shown(t)),
		g.of("return=representation", "return=representation", "return=minimal", "count=exact", "handling=strict, max-affected=2"), g.object(cols)}
}

func (g *gen) put(t *table) Request {
	id := plain(keyLiteral(t.cols[0].typ, 1+g.n(8)))
	cols := g.settable(t)
	body := g.object(cols[1:])
	key, _ := json.Marshal(id)
	body = `{"id": ` + string(key) + ", " + strings.TrimPrefix(body, "{")
	return Request{"PUT", "/" + t.name + "?" + param("id", "eq."+id), g.of("return=representation", "return=minimal"), body}
}

func (g *gen) rpc(t *table) Request {
	key := plain(keyLiteral(t.cols[0].typ, 1+g.n(6)))
	text, _ := json.Marshal(key)
	switch g.n(5) {
	case 0:
		return Request{"POST", "/rpc/may_" + t.name, "", `{"k": ` + string(text) + "}"}
	case 1:
		return Request{"POST", "/rpc/write_log", "", `{"s": "x"}`}
	case 2:
		return Request{"GET", "/rpc/write_log?s=x", "", ""}
	case 3:
		return Request{"GET", "/rpc/ids_" + t.name, "count=exact", ""}
	}
	return Request{"GET", "/rpc/may_" + t.name + "?" + param("k", key), "", ""}
}
