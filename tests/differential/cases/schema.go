package cases

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// gen makes one case; everything it decides comes from the seed.
type gen struct {
	r      *rand.Rand
	tables []*table
	views  []*table
	out    []string
}

type table struct {
	name   string
	cols   []*col
	view   bool
	single bool     // commands write one row of it
	unique []string // columns of a unique key of two
}

type col struct {
	name, typ                   string
	key, unique, computed, fill bool // fill: the column has a default
	indexed                     bool // in a unique key made beside the table
	ref                         *table
}

func (g *gen) n(n int) int           { return g.r.IntN(n) }
func (g *gen) chance(p int) bool     { return g.r.IntN(100) < p }
func (g *gen) of(s ...string) string { return s[g.r.IntN(len(s))] }

func (g *gen) emit(format string, args ...any) {
	g.out = append(g.out, fmt.Sprintf(format, args...))
}

var columnTypes = []string{
	"int", "int", "bigint", "smallint", "text", "text", "text", "varchar(4)", "bool", "bool", "timestamptz", "numeric",
	"numeric(6,2)", "jsonb", "jsonb", "mood", "int[]", "text[]", "float8", "uuid", "date", "real", "timestamp",
}

// PerSchema is the number of cases, from seeds that follow each other, over one schema.
const PerSchema = 20

// Generate returns the case of a seed.
func Generate(seed int) *Script {
	g := generator(seed)
	s := &Script{Name: fmt.Sprintf("seed %d", seed), Schema: g.out}
	g.r = rand.New(rand.NewPCG(uint64(seed), 21))
	for _, t := range g.tables {
		s.Steps = append(s.Steps, g.rows(t)...)
	}
	for range 20 {
		who := g.of("u1", "u1", "u2", "u2", "u3", "anon", "service", "owner")
		s.Steps = append(s.Steps, Step{who, g.command()})
	}
	return s
}

// generator returns a gen that has made the schema of a seed.
func generator(seed int) *gen {
	g := &gen{r: rand.New(rand.NewPCG(uint64(seed/PerSchema), 20))}
	g.emit("create type mood as enum ('sad', 'ok', 'happy');")
	g.emit("create table log (what text);")
	for i := range 2 + g.n(3) {
		g.table(i + 1)
	}
	g.functions()
	for i, t := range g.tables {
		g.secure(t)
		if g.chance(35) {
			g.trigger(t)
		}
		if g.chance(25) {
			g.viewOf(t, i)
		}
	}
	return g
}

func (g *gen) table(i int) {
	t := &table{name: fmt.Sprintf("t%d", i)}
	var lines []string
	add := func(c *col, text string) {
		t.cols = append(t.cols, c)
		lines = append(lines, "  "+c.name+" "+text)
	}
	switch g.n(6) {
	case 0:
		add(&col{name: "id", typ: "uuid", key: true}, "uuid primary key")
	case 1:
		add(&col{name: "id", typ: "text", key: true}, "text primary key")
	case 2:
		add(&col{name: "id", typ: "bigint", key: true}, "bigint primary key")
	default:
		add(&col{name: "id", typ: "int", key: true}, "int primary key")
	}
	if g.chance(85) {
		add(&col{name: "owner", typ: "uuid", fill: true}, g.of("uuid default auth.uid()", "uuid", "uuid not null default auth.uid()"))
	}
	for j, other := range g.tables {
		if g.chance(60) {
			g.reference(t, other, j, add)
		}
	}
	for j := range 2 + g.n(4) {
		c, text := g.column(t, fmt.Sprintf("%c", 'a'+j))
		add(c, text)
	}
	if g.chance(25) {
		lines = append(lines, g.tableConstraint(t))
	}
	g.emit("create table %s (\n%s\n);", t.name, strings.Join(lines, ",\n"))
	if g.chance(20) {
		c := t.cols[g.n(len(t.cols))]
		kind := g.of("", "", "unique ")
		c.indexed = kind != ""
		g.emit("create %sindex on %s (%s)%s;", kind, t.name, c.name, g.of("", " where "+c.name+" is not null"))
	}
	g.tables = append(g.tables, t)
}

func (g *gen) reference(t, other *table, j int, add func(*col, string)) {
	c := &col{name: fmt.Sprintf("r%d", j+1), typ: other.cols[0].typ, ref: other}
	text := c.typ + g.of("", "", " not null") + " references " + other.name
	text += g.of("", " on delete cascade", " on delete cascade", " on delete set null", " on delete restrict", " on delete set default")
	text += g.of("", "", " on update cascade", " on update set null")
	add(c, text)
}

func (g *gen) column(t *table, name string) (*col, string) {
	c := &col{name: name, typ: columnTypes[g.n(len(columnTypes))]}
	text := c.typ
	sc := scopeOf("", t)
	switch g.n(10) {
	case 0, 1:
		if e, typ, ok := g.generated(sc); ok {
			c.typ, c.computed = typ, true
			return c, typ + " generated always as (" + e + ") stored"
		}
	case 2, 3:
		c.fill = true
		text += " default " + g.literal(c.typ)
	case 4:
		text += " not null"
	case 5:
		c.fill = true
		text += " not null default " + g.literal(c.typ)
	case 6:
		if c.typ != "jsonb" || g.chance(10) {
			c.unique = true
			text += " unique"
		}
	case 7:
		self := []ref{{name, c.typ}}
		text += " check (" + g.simple(self) + ")"
	}
	return c, text
}

// generated returns an immutable expression over columns that are not generated.
func (g *gen) generated(sc []ref) (expr, typ string, ok bool) {
	for range 8 {
		if len(sc) == 0 {
			return "", "", false
		}
		r := sc[g.n(len(sc))]
		switch family(r.typ) {
		case "int":
			return g.of(r.sql+" * 2", "coalesce("+r.sql+", 0) + 1", "abs("+r.sql+")"), "bigint", true
		case "text":
			return g.of("lower("+r.sql+")", r.sql+" || '!'", "coalesce("+r.sql+", 'none')"), "text", true
		case "num":
			return g.of(r.sql+" * 1.5", "round("+r.sql+", 1)"), "numeric", true
		case "json":
			return r.sql + " ->> 'a'", "text", true
		case "bool":
			return "not " + r.sql, "bool", true
		}
	}
	return "", "", false
}

func (g *gen) tableConstraint(t *table) string {
	a, b := t.cols[g.n(len(t.cols))], t.cols[g.n(len(t.cols))]
	if a == b || g.chance(40) {
		return fmt.Sprintf("  constraint %s_rule check (%s)", t.name, g.simple(scopeOf("", t)))
	}
	t.unique = []string{a.name, b.name}
	a.indexed, b.indexed = true, true
	return fmt.Sprintf("  unique (%s, %s)", a.name, b.name)
}

// functions makes the functions that policies and commands call.
func (g *gen) functions() {
	for i, t := range g.tables {
		// A function of the caller's would read its own table's policies for ever.
		definer := g.of(" security definer", " security definer set search_path = ''")
		cond := "x.id = k"
		if t.has("owner") {
			cond += g.of(" and x.owner = auth.uid()", " and x.owner = (select auth.uid())", "")
		}
		if i > 0 && g.chance(30) {
			cond += g.of(" and exists (select 1 from public.t1)", " and (select count(*) from public.t1) > 1")
		}
		g.emit("create function may_%s(k %s) returns boolean language sql stable%s as $$ select exists (select 1 from public.%s x where %s) $$;",
			t.name, t.cols[0].typ, definer, t.name, cond)
		g.emit("create function ids_%s() returns setof %s language sql stable%s as $$ select x.id from public.%s x%s $$;",
			t.name, t.cols[0].typ, definer, t.name, map[bool]string{true: " where x.owner = auth.uid()"}[t.has("owner")])
	}
	g.emit(`create function write_log(s text) returns int language plpgsql security definer as $$
begin
  insert into public.log (what) values (s);
  return length(s);
end $$;`)
}

func (t *table) has(name string) bool {
	for _, c := range t.cols {
		if c.name == name {
			return true
		}
	}
	return false
}

// rows are the first rows, one command each: some rule may refuse one.
func (g *gen) rows(t *table) []Step {
	var names, rows []string
	for _, c := range t.cols {
		if !c.computed {
			names = append(names, c.name)
		}
	}
	for i := range 2 + g.n(5) {
		var vals []string
		for _, c := range t.cols {
			switch {
			case c.computed:
			case c.key:
				vals = append(vals, keyLiteral(c.typ, i+1))
			case c.ref != nil:
				vals = append(vals, keyLiteral(c.typ, 1+g.n(2)))
			case c.name == "owner":
				vals = append(vals, quote(UserID(1+g.n(3))))
			default:
				vals = append(vals, g.literal(c.typ))
			}
		}
		rows = append(rows, "("+strings.Join(vals, ", ")+")")
	}
	var out []Step
	for _, r := range rows {
		out = append(out, Step{"owner", fmt.Sprintf("insert into %s (%s) values %s", t.name, strings.Join(names, ", "), r)})
	}
	return out
}

// secure switches on row-level security and writes policies.
func (g *gen) secure(t *table) {
	if g.chance(80) {
		g.emit("alter table %s enable row level security;", t.name)
	}
	for i := range 1 + g.n(5) {
		cmd := g.of("all", "all", "select", "select", "insert", "update", "delete")
		q := fmt.Sprintf("create policy p%d on %s", i, t.name)
		if g.chance(20) {
			q += " as restrictive"
		}
		q += " for " + cmd + g.of("", "", "", " to authenticated", " to anon", " to anon, authenticated", " to public")
		if cmd != "insert" {
			q += " using (" + g.policy(t) + ")"
		}
		if cmd == "insert" || (cmd == "all" || cmd == "update") && g.chance(50) {
			q += " with check (" + g.policy(t) + ")"
		}
		g.emit("%s;", q)
	}
	if g.chance(10) {
		g.emit("revoke %s on %s from %s;", g.of("insert", "delete", "update", "select"), t.name, g.of("anon", "authenticated"))
	}
}

func (g *gen) viewOf(t *table, i int) {
	v := &table{name: fmt.Sprintf("v%d", i+1), view: true}
	v.cols = append(v.cols, t.cols...)
	opt := g.of("", " with (security_invoker = true)", " with (security_invoker = on)")
	where := ""
	if g.chance(50) {
		where = " where " + g.simple(scopeOf("", t))
	}
	g.emit("create view %s%s as select * from %s%s;", v.name, opt, t.name, where)
	g.views = append(g.views, v)
}

// trigger writes a function in PL/pgSQL and hangs it on a table.
func (g *gen) trigger(t *table) {
	name := "f_" + t.name
	before := g.chance(60)
	var body []string
	body = append(body, fmt.Sprintf("  insert into public.log (what) values (tg_op || ' %s ' || tg_when);", t.name))
	for _, c := range t.cols {
		if before && !c.key && !c.computed && c.ref == nil && c.name != "owner" && g.chance(40) {
			body = append(body, fmt.Sprintf("  if tg_op <> 'DELETE' and %s then new.%s := %s; end if;",
				strings.ReplaceAll(g.simple(scopeOf("new", t)), "new.", "new."), c.name, g.literal(c.typ)))
			break
		}
	}
	ops := g.of("insert", "update", "delete", "insert or update", "insert or update or delete")
	if g.chance(35) && !strings.Contains(ops, "delete") {
		body = append(body, fmt.Sprintf("  if %s then raise exception 'no %s' using errcode = 'P0009'; end if;", g.simple(scopeOf("new", t)), t.name))
	}
	if g.chance(20) && before && !strings.Contains(ops, "delete") {
		// Kept from a cascade a row would lose its parent, which Postgres alone allows.
		body = append(body, fmt.Sprintf("  if pg_trigger_depth() = 1 and (%s) then return null; end if;", g.simple(scopeOf("new", t))))
	}
	definer := g.of(" security definer", " security definer", "")
	g.emit("create function %s() returns trigger language plpgsql%s as $$\nbegin\n%s\n  if tg_op = 'DELETE' then return old; end if;\n  return new;\nend $$;",
		name, definer, strings.Join(body, "\n"))
	g.emit("create trigger g_%s %s %s on %s for each row execute function %s();",
		t.name, map[bool]string{true: "before", false: "after"}[before], ops, t.name, name)
}
