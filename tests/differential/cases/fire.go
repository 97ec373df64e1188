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
		if o == t || before { // the rows of a statement are proposed first, see the corpus
			return
		}
		for _, c := range o.cols {
			if !c.key && !c.computed && !c.unique && !c.indexed && c.ref == nil && g.chance(50) {
				g.line("if pg_trigger_depth() < 3 then update public.%s set %s = %s where id = %s; end if;", o.name, c.name, g.literal(c.typ), keyLiteral(o.cols[0].typ, 1+g.n(4)))
				return
			}
		}
	default:
		if o != t && !before {
			g.line("if pg_trigger_depth() < 3 then delete from public.%s where id = %s; end if;", o.name, keyLiteral(o.cols[0].typ, 1+g.n(6)))
		}
	}
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
		seen = "(select count(*) from log)"
	}
	g.line("begin")
	g.line("  perform public.note(concat_ws(' ', tg_name, tg_op, tg_when, tg_level, pg_trigger_depth(), %s));", seen)
	g.line("  return null;")
	g.line("end")
	g.emit("create function f_%s() returns trigger language plpgsql as $$\n%s$$;", name, g.body.String())
	g.emit("create trigger %s %s %s on %s%s for each statement execute function f_%s();", name, timing, ops, t.name, refs, name)
}

// use is a command that calls a function or fires triggers.
func (g *routines) use() string {
	t := g.tables[g.n(len(g.tables))]
	switch g.n(12) {
	case 0, 1, 2, 3, 4:
		f := g.funcs[g.n(len(g.funcs))]
		if f.set {
			return "select * from " + g.callOf(f)
		}
		return "select " + g.callOf(f)
	case 5, 6:
		cols := g.someColumns(t)
		return fmt.Sprintf("insert into %s (%s) values %s%s", t.name, names(cols), g.values(cols, 1+g.n(2)), g.returning(t))
	case 7, 8:
		return fmt.Sprintf("update %s set %s%s%s", t.name, g.sets(t, ""), g.target(scopeOf(t.name, t), t), g.returning(t))
	case 9, 10:
		return fmt.Sprintf("delete from %s%s%s", t.name, g.target(scopeOf(t.name, t), t), g.returning(t))
	}
	return g.upserts(t)
}
