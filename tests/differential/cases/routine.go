package cases

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// GenerateRoutines returns the case of a seed whose functions and triggers are random:
// calls of them, and writes that fire them.
func GenerateRoutines(seed int) *Script {
	g := &routines{gen: gen{r: rand.New(rand.NewPCG(uint64(seed/PerSchema), 30))}}
	g.schema()
	s := &Script{Name: fmt.Sprintf("routines %d", seed), Schema: g.out}
	g.r = rand.New(rand.NewPCG(uint64(seed), 31))
	for _, t := range g.tables {
		s.Steps = append(s.Steps, g.rows(t)...)
	}
	for range 16 {
		who := g.of("owner", "owner", "owner", "service", "u1", "u2", "anon")
		s.Steps = append(s.Steps, Step{who, g.use()})
	}
	return s
}

// routines makes functions and triggers in PL/pgSQL.
type routines struct {
	gen
	funcs  []routine
	fronts []*table // views that are written through INSTEAD OF triggers
	body   strings.Builder
	depth  int
	vars   []ref
	loops  int
	ret    string
	reads  bool // the function is declared stable
}

// routine is a function that commands and later functions call.
type routine struct {
	name string
	args []string
	set  bool
}

func (g *routines) schema() {
	g.emit("create type mood as enum ('sad', 'ok', 'happy');")
	g.emit("create table log (n int, what text);")
	g.emit(`create function note(s text) returns void language plpgsql security definer as $$
begin
  insert into public.log select count(*), s from public.log where what = s; -- rows come in no order
end $$;`)
	for i := range 2 + g.n(2) {
		g.table(i + 1)
	}
	g.functions() // those of the policies
	for i := range 2 + g.n(3) {
		g.function(i + 1)
	}
	for _, t := range g.tables {
		for i := range g.n(4) {
			g.triggerOn(t, i+1)
		}
		if g.chance(25) {
			g.secure(t)
		}
	}
	for _, t := range g.tables {
		if g.chance(40) {
			g.front(t)
		}
	}
}

func (g *routines) line(format string, args ...any) {
	g.body.WriteString(strings.Repeat("  ", g.depth) + fmt.Sprintf(format, args...) + "\n")
}

// function writes one function of random arguments, result and statements.
func (g *routines) function(i int) {
	f := routine{name: fmt.Sprintf("write_f%d", i)}
	g.body.Reset()
	g.depth, g.loops = 1, 0
	g.vars = nil
	var params []string
	for j := range g.n(3) {
		typ := g.of("int", "int", "text", "bool", "numeric", "jsonb", "int[]")
		def := ""
		if j > 0 && g.chance(30) || strings.Contains(strings.Join(params, ""), "default") {
			def = " default " + g.value(typ)
		}
		params = append(params, fmt.Sprintf("p%d %s%s", j+1, typ, def))
		f.args = append(f.args, typ)
		g.vars = append(g.vars, ref{fmt.Sprintf("p%d", j+1), typ})
	}
	g.ret = g.of("int", "int", "text", "numeric", "void", "setof int", "table (k text, m int)", "jsonb", "bool")
	f.set = strings.HasPrefix(g.ret, "setof") || strings.HasPrefix(g.ret, "table")
	g.reads = g.chance(15)
	g.declared()
	g.line("begin")
	g.depth++
	for range 3 + g.n(4) {
		g.statement(2)
	}
	g.finish()
	g.depth--
	handled := g.chance(30)
	if handled {
		g.line("exception when %s then", g.of("division_by_zero", "unique_violation or foreign_key_violation", "others", "sqlstate '22P02'", "raise_exception", "data_exception"))
		g.depth++
		g.line("get stacked diagnostics v2 = message_text;")
		if !g.reads {
			g.line("perform public.note('caught ' || sqlstate || ' ' || v2);")
		}
		g.finish()
		g.depth--
	}
	g.line("end")
	opts := g.of("", "", " security definer", " security definer set search_path = ''")
	if g.reads {
		opts += " stable"
	}
	if len(f.args) > 0 && g.chance(10) {
		opts += " strict"
	}
	if strings.Contains(opts, "search_path") {
		opts = " security definer" // names of tables are not qualified here
	}
	g.emit("create function %s(%s) returns %s language plpgsql%s as $$\n%s$$;", f.name, strings.Join(params, ", "), g.ret, opts, g.body.String())
	g.funcs = append(g.funcs, f)
}

func (g *routines) declared() {
	t := g.tables[g.n(len(g.tables))]
	g.line("declare")
	g.line("  v1 int := %s;", g.value("int"))
	g.line("  v2 text%s;", g.of("", " := "+g.value("text"), " default 'x'"))
	g.line("  v3 numeric := %s;", g.value("numeric"))
	g.line("  v4 bool;")
	g.line("  v5 jsonb := %s;", g.value("jsonb"))
	g.line("  v6 int[] := '{1,2,3}';")
	g.line("  c1 constant int := %d;", g.n(5))
	g.line("  rec record;")
	g.line("  rw %s%%rowtype;", t.name)
	g.line("  kid %s.id%%type;", t.name)
	g.vars = append(g.vars, ref{"v1", "int"}, ref{"v2", "text"}, ref{"v3", "numeric"}, ref{"v4", "bool"}, ref{"v5", "jsonb"}, ref{"v6", "int[]"})
}

// finish returns what the function promises.
func (g *routines) finish() {
	switch g.ret {
	case "void":
		g.line("%s", g.of("return;", "null;"))
	case "int":
		g.line("return %s;", g.of("v1", "c1 + v1 %% 1000", "length(v2)", "cardinality(v6)", "coalesce(v1, 0)"))
	case "text":
		g.line("return %s;", g.of("v2", "coalesce(v2, 'none') || v1", "format('%%s/%%s', v1, v3)"))
	case "numeric":
		g.line("return v3;")
	case "jsonb":
		g.line("return %s;", g.of("v5", "jsonb_build_object('a', v1, 'b', v2)", "to_jsonb(v6)"))
	case "bool":
		g.line("return %s;", g.of("v4", "v1 > 0", "found"))
	default:
		g.line("return;")
	}
}

// variable returns one that may be assigned.
func (g *routines) variable() ref {
	for {
		v := g.vars[g.n(len(g.vars))]
		if v.sql[0] == 'v' {
			return v
		}
	}
}

func (g *routines) value1(typ string) string {
	switch family(typ) {
	case "int":
		return g.of("v1 + 1", "v1 * 2", "c1 - v1", "length(v2)", "coalesce(v1, 3)", "v6[2]", "(select count(*) from log)", "10 / nullif(v1, 3)", g.value("int"), "abs(v1) % 7")
	case "text":
		return g.of("v2 || 'z'", "upper(v2)", "v1::text", "left(v2, 3)", "v5 ->> 'a'", "coalesce(v2, '-')", g.value("text"), "format('%s-%L', v1, v2)", "v3::text")
	case "num":
		return g.of("v3 * 1.5", "v1 / 3.0", "round(v3, 1)", "v3 + c1", g.value("numeric"))
	case "bool":
		return g.of("v1 > 2", "v2 is null", "not coalesce(v4, true)", g.simple(g.vars))
	case "json":
		return g.of("jsonb_build_object('n', v1)", "v5 || '{\"z\": 1}'", "to_jsonb(v2)", "v5 -> 'b'", g.value("jsonb"))
	}
	return g.of("v6 || 4", "array[v1, c1]", "v6[1:2]", "array_append(v6, v1)", g.value("int[]"))
}

// statement writes one; deep bounds how far they nest.
func (g *routines) statement(deep int) {
	if deep == 0 {
		g.assign()
		return
	}
	switch g.n(20) {
	case 18:
		g.cursor()
	case 19:
		g.tries(deep)
	case 0, 1, 2:
		g.assign()
	case 3, 4:
		g.line("%s %s then", "if", g.simple(g.vars))
		g.nested(deep, 2)
		if g.chance(50) {
			g.line("elsif %s then", g.simple(g.vars))
			g.nested(deep, 1)
		}
		if g.chance(50) {
			g.line("else")
			g.nested(deep, 1)
		}
		g.line("end if;")
	case 5:
		g.line("case %s when 0 then", g.of("v1", "c1", "length(v2)"))
		g.nested(deep, 1)
		g.line("when 1, 2 then")
		g.nested(deep, 1)
		if g.chance(80) {
			g.line("else")
			g.nested(deep, 1)
		}
		g.line("end case;")
	case 6, 7:
		g.loop(deep)
	case 8, 9:
		g.query()
	case 10, 11, 12:
		g.write()
	case 13:
		g.raise()
	case 14:
		g.call()
	case 15:
		g.block(deep)
	case 16:
		g.results()
	default:
		g.dynamic()
	}
}

func (g *routines) nested(deep, n int) {
	g.depth++
	for range n {
		g.statement(deep - 1)
	}
	g.depth--
}

func (g *routines) assign() {
	v := g.variable()
	switch {
	case v.sql == "v6" && g.chance(30):
		g.line("v6[%d] := v1;", 1+g.n(3))
	case v.sql == "v5" && g.chance(20):
		g.line("v5 := jsonb_set(v5, '{a}', to_jsonb(v1));")
	default:
		g.line("%s %s %s;", v.sql, g.of(":=", ":=", "="), g.value1(v.typ))
	}
}

func (g *routines) loop(deep int) {
	g.loops++
	leave := func() {
		if g.chance(35) {
			g.line("  %s when %s;", g.of("exit", "continue"), g.simple(g.vars))
		}
	}
	switch g.n(5) {
	case 0:
		g.line("for i%d in %s%d..%d loop", g.loops, g.of("", "reverse "), 1+g.n(4), 1+g.n(4))
		leave()
	case 1:
		g.line("for rec in select x.* from %s x order by x.id loop", g.tables[g.n(len(g.tables))].name)
		g.line("  v2 := rec.id::text;")
		leave()
	case 2:
		g.line("foreach v1 in array %s loop", g.of("v6", "array[3, 1, 2]", "coalesce(v6, '{}')"))
		leave()
	case 3:
		g.line("for v1 in select generate_series(1, %d) loop", 1+g.n(4))
		leave()
	default:
		g.line("v1 := 0;")
		g.line("while v1 < %d loop", 1+g.n(4))
		g.line("  v1 := v1 + 1;")
		g.line("  v2 := coalesce(v2, '') || v1;")
		g.line("end loop;")
		return
	}
	switch {
	case g.chance(30):
		g.depth++
		g.write()
		g.depth--
	case g.chance(30):
		g.depth++
		g.tries(min(deep, 1))
		g.depth--
	default:
		g.nested(min(deep, 1), 1+g.n(2))
	}
	g.line("end loop;")
}

// tries is a block in which a write or a call may fail: its handler writes, too, and
// may go on with the loop.
func (g *routines) tries(deep int) {
	g.line("begin")
	g.depth++
	g.write()
	switch {
	case g.chance(40):
		g.call()
	case g.chance(50):
		g.raise()
	default:
		g.nested(deep, 1)
	}
	g.depth--
	g.line("exception when %s then", g.of("others", "unique_violation or not_null_violation or check_violation or foreign_key_violation", "integrity_constraint_violation", "raise_exception or data_exception"))
	g.depth++
	switch g.n(4) {
	case 0:
		g.line("get stacked diagnostics v2 = %s;", g.of("returned_sqlstate", "message_text", "constraint_name", "table_name", "column_name"))
	case 1:
		if !g.reads {
			g.line("perform public.note('tried ' || sqlstate);")
		}
	case 2:
		g.line("raise exception 'again: %%', sqlerrm using errcode = '%s';", g.of("P0009", "22023"))
	}
	g.line("v1 := coalesce(v1, 0) + 1;")
	g.depth--
	g.line("end;")
}

// cursor goes through the rows of a table by hand.
func (g *routines) cursor() {
	t := g.tables[g.n(len(g.tables))]
	g.loops++
	g.line("declare cur%d %scursor (lo int) for select x.id::text as k from %s x where length(x.id::text) >= lo order by x.id; seen int := 0;", g.loops, g.of("", "scroll "), t.name)
	g.line("begin")
	g.depth++
	if g.chance(40) {
		g.line("for one in cur%d(%d) loop v2 := one.k; seen := seen + 1; exit when seen > %d; end loop;", g.loops, g.n(3), g.n(4))
	} else {
		g.line("open cur%d(%d);", g.loops, g.n(3))
		g.line("loop fetch cur%d into v2; exit when not found%s; seen := seen + 1; end loop;", g.loops, g.of("", " or seen > 2"))
		g.line("v4 := found;")
		g.line("close cur%d;", g.loops)
	}
	g.line("v1 := seen;")
	g.depth--
	g.line("end;")
}

// query reads one row, so that no order is left open.
func (g *routines) query() {
	t := g.tables[g.n(len(g.tables))]
	strict := g.of("", "", "strict ")
	switch g.n(5) {
	case 0:
		g.line("select count(*), max(x.id::text) into v1, v2 from %s x where %s;", t.name, g.simple(scopeOf("x", t)))
	case 1:
		g.line("select * into %srec from %s x where x.id = %s;", strict, t.name, keyLiteral(t.cols[0].typ, 1+g.n(6)))
		g.line("v4 := found;")
	case 2:
		g.line("perform 1 from %s x where %s;", t.name, g.simple(scopeOf("x", t)))
		g.line("v4 := found;")
	case 3:
		g.line("v1 := (select count(*) from %s x where %s);", t.name, g.simple(scopeOf("x", t)))
	default:
		g.line("get diagnostics v1 = row_count;")
	}
}

// write changes one row at most.
func (g *routines) write() {
	t := g.tables[g.n(len(g.tables))]
	id := keyLiteral(t.cols[0].typ, 1+g.n(7))
	var c *col
	for c == nil || c.computed || c.key || c.ref != nil {
		if c = t.cols[g.n(len(t.cols))]; g.chance(5) && (c.computed || c.key || c.ref != nil) {
			c = nil
			break
		}
	}
	switch {
	case c == nil:
		g.line("delete from %s x where x.id = %s;", t.name, id)
	case g.chance(30):
		cols := g.someColumns(t)
		g.line("insert into %s (%s) values %s%s;", t.name, names(cols), g.values(cols, 1), g.of("", " on conflict do nothing", " returning id::text into v2"))
	case g.chance(25):
		g.line("delete from %s x where x.id = %s;", t.name, id)
	default:
		g.line("update %s x set %s = %s where x.id = %s%s;", t.name, c.name, g.literal(c.typ), id, g.of("", "", " returning x.id::text into v2"))
	}
	if g.chance(40) {
		g.line("get diagnostics v1 = row_count;")
	}
}

func (g *routines) raise() {
	switch g.n(5) {
	case 0:
		g.line("raise notice 'at %%', v1;")
	case 1:
		g.line("if %s then raise exception 'no %% %%', v1, v2 using errcode = '%s', detail = 'd', hint = 'h'; end if;", g.simple(g.vars), g.of("P0009", "22023", "P0001"))
	case 2:
		g.line("if %s then raise %s; end if;", g.simple(g.vars), g.of("division_by_zero", "unique_violation", "sqlstate 'AB123'"))
	case 3:
		g.line("assert v1 is distinct from 7, 'seven';")
	default:
		g.line("perform public.note(concat_ws(' ', 'at', v1, v2, v3, v4, v5, v6));")
	}
}

func (g *routines) call() {
	if len(g.funcs) == 0 {
		g.assign()
		return
	}
	f := g.funcs[g.n(len(g.funcs))]
	if f.set {
		g.line("select count(*) into v1 from %s;", g.callOf(f))
		return
	}
	g.line("%s %s;", g.of("perform", "perform", "v2 :="), g.callOf(f))
}

func (g *routines) callOf(f routine) string {
	var args []string
	for i, typ := range f.args {
		a := g.literal(typ) + "::" + typ
		if g.chance(20) && i == len(f.args)-1 {
			a = fmt.Sprintf("p%d => %s", i+1, a)
		}
		args = append(args, a)
	}
	return f.name + "(" + strings.Join(args, ", ") + ")"
}

// block is one with a handler: what it did is taken back.
func (g *routines) block(deep int) {
	g.line("begin")
	g.nested(deep, 2)
	if g.chance(40) {
		g.line("  v1 := 1 / %s;", g.of("0", "c1", "v1"))
	}
	g.line("exception")
	g.line("  when division_by_zero then v2 := 'zero ' || sqlerrm;")
	if g.chance(60) {
		g.line("  when %s then v2 := sqlstate;", g.of("others", "integrity_constraint_violation", "no_data_found or too_many_rows", "not_null_violation"))
	}
	g.line("end;")
}

// results adds rows to a function that returns a set.
func (g *routines) results() {
	t := g.tables[g.n(len(g.tables))]
	switch {
	case g.ret == "setof int" && g.chance(50):
		g.line("return next v1;")
	case g.ret == "setof int":
		g.line("return query select cardinality(v6) union all select %d;", g.n(9))
	case strings.HasPrefix(g.ret, "table") && g.chance(50):
		g.line("k := v2; m := v1;")
		g.line("return next;")
	case strings.HasPrefix(g.ret, "table"):
		g.line("return query select x.id::text, v1 from %s x where %s order by x.id;", t.name, g.simple(scopeOf("x", t)))
	default:
		g.assign()
	}
}

func (g *routines) dynamic() {
	t := g.tables[g.n(len(g.tables))]
	switch g.n(4) {
	case 3:
		g.line("for rec in execute format('select id::text as k from %%I where id::text > $1 order by id', '%s') using %s loop v2 := rec.k; end loop;", t.name, g.of("'1'", "v2", "v1::text"))
	case 0:
		g.line("execute format('select count(*) from %%I where id::text <> %%L', '%s', v2) into v1;", t.name)
	case 1:
		g.line("execute 'select $1 + $2' into v1 using v1, c1;")
	default:
		g.line("execute format('update %%I set id = id where id = %%L', '%s', %s);", t.name, keyLiteral(t.cols[0].typ, 1))
	}
}
