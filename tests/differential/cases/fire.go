package cases

import (
	"fmt"
	"strings"
)

// triggerOn hangs a random trigger on a table.
func (g *routines) triggerOn(t *table, i int) {
	name := fmt.Sprintf("g%d_%s", i, t.name)
	g.body.Reset()
	g.depth = 1
	ops := g.of("insert", "update", "delete", "insert or update", "update or delete", "insert or update or delete")
	if g.chance(25) {
		g.ofStatement(t, name, ops)
		return
	}
	before := g.chance(50)
	g.vars = scopeOf("new", t)
	if strings.Contains(ops, "delete") {
		g.vars = nil
	}
	g.line("begin")
	g.depth++
	g.line("perform public.note(concat_ws(' ', tg_name, tg_op, tg_when, tg_level, pg_trigger_depth(), case when tg_op <> 'INSERT' then old.id::text end, case when tg_op <> 'DELETE' then new.id::text end));")
	for range 1 + g.n(2) {
		g.reaction(t, before)
	}
	g.line("if tg_op = 'DELETE' then return old; end if;")
	g.line("return new;")
	g.depth--
	g.line("end")
	g.emit("create function f_%s() returns trigger language plpgsql%s as $$\n%s$$;", name, g.of("", " security definer"), g.body.String())
	when := ""
	if g.vars != nil && g.chance(35) {
		when = " when (" + g.simple(g.vars) + ")"
	}
	if ops == "update" && g.chance(40) {
		ops = "update of " + t.cols[g.n(len(t.cols))].name
	}
	timing, kind := "after", ""
	if before {
		timing = "before"
	} else if g.chance(20) && !strings.Contains(ops, " of ") {
		kind, when = "constraint ", strings.TrimPrefix(when, " ")
		g.emit("create constraint trigger %s after %s on %s deferrable initially %s for each row %s execute function f_%s();",
			name, ops, t.name, g.of("deferred", "immediate"), when, name)
		return
	}
	g.emit("create %strigger %s %s %s on %s for each row%s execute function f_%s();", kind, name, timing, ops, t.name, when, name)
}

// reaction is something that a trigger does to its row, or to others.
func (g *routines) reaction(t *table, before bool) {
	o := g.tables[g.n(len(g.tables))]
	switch g.n(6) {
	case 0, 1:
		for _, c := range t.cols {
			if before && !c.key && !c.computed && !c.unique && !c.indexed && c.ref == nil && c.name != "owner" && g.chance(40) {
				g.line("if tg_op <> 'DELETE' then new.%s := %s; end if;", c.name, g.literal(c.typ))
				return
			}
		}
	case 2:
		if g.vars != nil {
			g.line("if %s then raise exception 'refused by %%', tg_name using errcode = 'P0009'; end if;", g.simple(g.vars))
		}
	case 3:
		if before && g.vars != nil {
			g.line("if pg_trigger_depth() = 1 and (%s) then return null; end if;", g.simple(g.vars))
		}
	case 4:
		if o == t || before && !g.alone(t, o) { // the rows of a statement are proposed first, see the corpus
			return
		}
		for _, c := range o.cols {
			if !c.key && !c.computed && !c.unique && !c.indexed && c.ref == nil && g.chance(50) {
				g.line("if pg_trigger_depth() < 3 then update public.%s set %s = %s where id = %s; end if;", o.name, c.name, g.literal(c.typ), keyLiteral(o.cols[0].typ, 1+g.n(4)))
				return
			}
		}
	default:
		if o != t && (!before || g.alone(t, o)) {
			g.line("if pg_trigger_depth() < 3 then delete from public.%s where id = %s; end if;", o.name, keyLiteral(o.cols[0].typ, 1+g.n(6)))
		}
	}
}

// alone tells whether BEFORE triggers of t may write o: no key leads from one to the
// other. From then on commands write one row of t.
func (g *routines) alone(t, o *table) bool {
	if t.key() || o.key() {
		return false
	}
	for _, x := range g.tables {
		if x.refers(t) || x.refers(o) {
			return false
		}
	}
	t.single = true
	return true
}

func (t *table) key() bool {
	for _, c := range t.cols {
		if c.ref != nil {
			return true
		}
	}
	return false
}

func (t *table) refers(o *table) bool {
	for _, c := range t.cols {
		if c.ref == o {
			return true
		}
	}
	return false
}

// front is a view that INSTEAD OF triggers write through.
func (g *routines) front(t *table) {
	v := &table{name: "w_" + t.name, view: true, single: t.single}
	var names, given, sets []string
	for _, c := range t.cols {
		plain := *c
		plain.fill = false // a view's columns have no defaults
		v.cols = append(v.cols, &plain)
		if !c.computed {
			names, given = append(names, c.name), append(given, "new."+c.name)
			sets = append(sets, c.name+" = new."+c.name)
		}
	}
	g.body.Reset()
	g.depth, g.vars = 1, scopeOf("new", t)
	g.line("begin")
	g.depth++
	g.line("perform public.note(concat_ws(' ', tg_name, tg_op, tg_when, tg_level, pg_trigger_depth()));")
	g.line("if tg_op = 'DELETE' then")
	g.line("  delete from public.%s where id = old.id;", t.name)
	g.line("  return %s;", g.of("old", "old", "null"))
	g.line("end if;")
	if g.chance(40) {
		g.line("if %s then %s; end if;", g.simple(g.vars), g.of("return null", "raise exception 'not through %', tg_table_name using errcode = 'P0009'"))
	}
	g.line("if tg_op = 'INSERT' then")
	g.line("  insert into public.%s (%s) values (%s)%s;", t.name, strings.Join(names, ", "), strings.Join(given, ", "), g.of("", " on conflict do nothing"))
	if g.chance(30) {
		g.line("  if not found then return null; end if;")
	}
	g.line("else")
	g.line("  update public.%s set %s where id = old.id;", t.name, strings.Join(sets, ", "))
	g.line("end if;")
	g.line("return new;")
	g.depth--
	g.line("end")
	g.emit("create view %s as select * from %s%s;", v.name, t.name, g.of("", " where "+g.simple(scopeOf("", t))))
	g.emit("create function f_%s() returns trigger language plpgsql%s as $$\n%s$$;", v.name, g.of("", " security definer"), g.body.String())
	g.emit("create trigger i_%s instead of insert or update or delete on %s for each row execute function f_%s();", v.name, v.name, v.name)
	g.fronts = append(g.fronts, v)
}

// ofStatement is a trigger for each statement, mostly with transition tables.
func (g *routines) ofStatement(t *table, name, ops string) {
	timing := g.of("before", "after", "after")
	refs, seen := "", ""
	if timing == "after" && !strings.Contains(ops, " or ") {
		switch ops {
		case "insert":
			refs, seen = " referencing new table as newt", "(select count(*) || ' ' || coalesce(max(id::text), '-') from newt)"
		case "delete":
			refs, seen = " referencing old table as oldt", "(select count(*) || ' ' || coalesce(max(id::text), '-') from oldt)"
		default:
			refs, seen = " referencing old table as oldt new table as newt", "(select count(*) from oldt join newt using (id))"
		}
	}
	if seen == "" {
		// inside others the order of rows would show, which is no statement's
		seen = "case when pg_trigger_depth() = 1 then (select count(*) from log) end"
	}
	g.line("declare rec record; v1 int; v2 text;")
	g.line("begin")
	g.line("  perform public.note(concat_ws(' ', tg_name, tg_op, tg_when, tg_level, pg_trigger_depth(), %s));", seen)
	if refs != "" {
		g.overRows(t, ops)
	}
	g.line("  return null;")
	g.line("end")
	g.emit("create function f_%s() returns trigger language plpgsql as $$\n%s$$;", name, g.body.String())
	g.emit("create trigger %s %s %s on %s%s for each statement execute function f_%s();", name, timing, ops, t.name, refs, name)
}

// overRows does something with the rows of a transition table.
func (g *routines) overRows(t *table, ops string) {
	rows := "newt"
	if ops == "delete" {
		rows = "oldt"
	}
	cond := g.simple(scopeOf("x", t))
	switch g.n(6) {
	case 0:
		g.line("  for rec in select * from %s x where %s order by x.id loop perform public.note('row ' || rec.id); end loop;", rows, cond)
	case 1:
		g.line("  if exists (select 1 from %s x where %s) then raise exception 'rows refused by %%', tg_name using errcode = 'P0009'; end if;", rows, cond)
	case 2:
		g.line("  insert into public.log select x.v, 'seen' from (select count(*) as v from %s x join public.%s y using (id)) x;", rows, t.name)
	case 3:
		o := g.tables[g.n(len(g.tables))]
		if o != t {
			g.line("  if pg_trigger_depth() < 3 then delete from public.%s where id = (select %s from %s x limit 1); end if;", o.name, keyLiteral(o.cols[0].typ, 1+g.n(6)), rows)
		}
	case 4:
		g.line("  execute 'select count(*), max(id::text) from %s' into v1, v2; perform public.note(concat_ws(' ', 'all', v1, v2));", rows)
	}
}

// use is a command that calls a function or fires triggers.
func (g *routines) use() string {
	t := g.tables[g.n(len(g.tables))]
	if len(g.fronts) > 0 && g.chance(20) {
		t = g.fronts[g.n(len(g.fronts))]
	}
	one := func(many int) int {
		if t.single {
			return 1
		}
		return many
	}
	switch g.n(12) {
	case 0, 1, 2, 3, 4:
		f := g.funcs[g.n(len(g.funcs))]
		if f.set {
			return "select * from " + g.callOf(f)
		}
		return "select " + g.callOf(f)
	case 5, 6:
		cols := g.someColumns(t)
		return fmt.Sprintf("insert into %s (%s) values %s%s", t.name, names(cols), g.values(cols, one(1+g.n(2))), g.returning(t))
	case 7, 8:
		return fmt.Sprintf("update %s set %s%s%s", t.name, g.sets(t, ""), g.target(scopeOf(t.name, t), t), g.returning(t))
	case 9, 10:
		return fmt.Sprintf("delete from %s%s%s", t.name, g.target(scopeOf(t.name, t), t), g.returning(t))
	}
	if t.view { // ON CONFLICT needs a key
		return fmt.Sprintf("select count(*), max(id::text) from %s", t.name)
	}
	return g.upserts(t)
}
