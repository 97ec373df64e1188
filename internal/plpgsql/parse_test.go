package plpgsql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// outline prints a tree on one line, so that tests can compare it as text.
func outline(s Stmt) string {
	switch s := s.(type) {
	case *Block:
		return outlineBlock(s)
	case *Assign:
		return target(s.To) + " := " + pgsql.Print(s.X)
	case *If:
		var b strings.Builder
		for _, a := range s.Arms {
			fmt.Fprintf(&b, "if %s [%s] ", pgsql.Print(a.Cond), outlines(a.Body))
		}
		return b.String() + "else [" + outlines(s.Else) + "]"
	case *Case:
		return outlineCase(s)
	case *Loop:
		return s.Label + " loop [" + outlines(s.Body) + "]"
	case *While:
		return s.Label + " while " + pgsql.Print(s.Cond) + " [" + outlines(s.Body) + "]"
	case *ForInt:
		return fmt.Sprintf("for %s %t %s..%s by %s [%s]", s.Var, s.Reverse, pgsql.Print(s.Lo), pgsql.Print(s.Hi), pgsql.Print(s.Step), outlines(s.Body))
	case *ForQuery:
		if s.Command != nil {
			return fmt.Sprintf("for %s execute %s using%s [%s]", targets(s.Into), pgsql.Print(s.Command), exprs(s.Using), outlines(s.Body))
		}
		if s.Cursor != "" {
			return fmt.Sprintf("for %s in %s%s [%s]", targets(s.Into), s.Cursor, exprs(s.Args), outlines(s.Body))
		}
		return fmt.Sprintf("for %s in %s [%s]", targets(s.Into), pgsql.Print(s.Query), outlines(s.Body))
	case *Foreach:
		return fmt.Sprintf("foreach %s slice %d %s [%s]", targets(s.Into), s.Slice, pgsql.Print(s.Array), outlines(s.Body))
	case *Exit:
		return fmt.Sprintf("exit %t %q when %s", s.Continue, s.Label, pgsql.Print(s.When))
	case *Return:
		return "return " + pgsql.Print(s.X)
	case *ReturnNext:
		return "return next " + pgsql.Print(s.X)
	case *ReturnQuery:
		return "return query " + pgsql.Print(s.Query) + pgsql.Print(s.Command) + exprs(s.Using)
	default:
		return outlineRest(s)
	}
}

func outlineRest(s Stmt) string {
	switch s := s.(type) {
	case *Open:
		if s.Command != nil {
			return "open " + target(s.Cursor) + " " + pgsql.Print(s.Command) + exprs(s.Using)
		}
		return "open " + target(s.Cursor) + exprs(s.Args)
	case *Fetch:
		out := "fetch " + s.Way
		if s.Count != nil {
			out += " " + pgsql.Print(s.Count)
		}
		out += " " + target(s.Cursor)
		if s.Into != nil {
			out += " " + targets(s.Into)
		}
		return out
	case *Close:
		return "close " + target(s.Cursor)
	case *Raise:
		out := fmt.Sprintf("raise %s %q%s", s.Level, s.Format, exprs(s.Args))
		if s.Cond != nil {
			out += " " + s.Cond.Name + "/" + s.Cond.State
		}
		for _, o := range s.Options {
			out += " " + o.Name + "=" + pgsql.Print(o.X)
		}
		return out
	case *Perform:
		return "perform " + pgsql.Print(s.Query)
	case *SQL:
		out := pgsql.Print(s.Stmt)
		if s.Into != nil {
			out += fmt.Sprintf(" into %t%s", s.Strict, targets(s.Into))
		}
		return out
	case *Execute:
		return fmt.Sprintf("execute %s into %t%s using%s", pgsql.Print(s.Command), s.Strict, targets(s.Into), exprs(s.Using))
	case *Diagnostics:
		out := fmt.Sprintf("get %t", s.Stacked)
		for _, it := range s.Items {
			out += " " + target(it.To) + "=" + it.Item
		}
		return out
	case *Assert:
		return "assert " + pgsql.Print(s.Cond) + ", " + pgsql.Print(s.Message)
	case *Null:
		return "null"
	}
	return "?"
}

func outlineBlock(s *Block) string {
	var b strings.Builder
	for _, d := range s.Decls {
		fmt.Fprintf(&b, "var %s %s %s %t %t %s; ", d.Name, d.Alias, d.Type, d.Const, d.NotNull, pgsql.Print(d.Default))
	}
	fmt.Fprintf(&b, "%s{%s}", s.Label, outlines(s.Body))
	for _, h := range s.Handlers {
		b.WriteString(" when")
		for _, c := range h.Conds {
			b.WriteString(" " + c.Name + "/" + c.State)
		}
		b.WriteString(" [" + outlines(h.Body) + "]")
	}
	return b.String()
}

func outlineCase(s *Case) string {
	out := "case " + pgsql.Print(s.Arg)
	for _, w := range s.Whens {
		out += " when" + exprs(w.Conds) + " [" + outlines(w.Body) + "]"
	}
	if s.HasElse {
		out += " else [" + outlines(s.Else) + "]"
	}
	return out
}

func outlines(list []Stmt) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = outline(s)
	}
	return strings.Join(parts, "; ")
}

func exprs(list []pgsql.Expr) string {
	out := ""
	for _, x := range list {
		out += " " + pgsql.Print(x)
	}
	return out
}

func target(t Target) string {
	out := strings.Join(t.Path, ".")
	for _, x := range t.Subs {
		out += "[" + pgsql.Print(x) + "]"
	}
	return out
}

func targets(list []Target) string {
	out := ""
	for _, t := range list {
		out += " " + target(t)
	}
	return out
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"handle_new_user", `
begin
  insert into public.profiles (id, full_name, avatar_url)
  values (new.id, new.raw_user_meta_data->>'full_name', new.raw_user_meta_data->>'avatar_url');
  return new;
end;
`, `{insert into public.profiles (id, full_name, avatar_url) values (new.id, new.raw_user_meta_data ->> 'full_name', new.raw_user_meta_data ->> 'avatar_url'); return new}`},
		{"updated_at", "BEGIN NEW.updated_at = now(); RETURN NEW; END", "{new.updated_at := now(); return new}"},
		{"guard", `begin
  if tg_op = 'DELETE' and old.locked then
    raise exception 'row % is locked by %%', old.id using errcode = 'P0001', hint = 'Unlock ' || 'it.';
  elsif new.owner is distinct from old.owner then
    raise sqlstate '42501' using message = 'no';
  elseif (case when new.a then true else false end) then raise unique_violation;
  else null;
  end if;
  return coalesce(new, old);
end;`, `{if tg_op = 'DELETE' and old.locked [raise exception "row % is locked by %%" old.id errcode='P0001' hint='Unlock ' || 'it.'] if new.owner is distinct from old.owner [raise exception "" /42501 message='no'] if case when new.a then true else false end [raise exception "" unique_violation/23505] else [null]; return coalesce(new, old)}`},
		{"declare", `declare
  a int; b constant text := 'x'; c numeric(10,2) not null default 1 + 1; d public.t.id%type; e t%rowtype = null;
  f alias for $1; g record; h text[] := array['a']; i text collate "C" default '';
begin end`, `var a  int4 false false ; var b  text true false 'x'; var c  numeric(10,2) false true 1 + 1; var d  public.t.id%type false false ; var e  t%rowtype false false null; var f $1 "" false false ; var g  record false false ; var h  text[] false false array['a']; var i  text false false ''; {}`},
		{"authorize", `
declare
  bind_permissions int;
begin
  select count(*)
  from public.role_permissions
  inner join public.user_roles on role_permissions.role = user_roles.role
  where role_permissions.permission = authorize.requested_permission
  into bind_permissions;
  return bind_permissions > 0;
end;`, `var bind_permissions  int4 false false ; {select count(*) from public.role_permissions join public.user_roles on role_permissions.role = user_roles.role where role_permissions.permission = authorize.requested_permission into false bind_permissions; return bind_permissions > 0}`},
		{"into", `begin
  select a, b into strict x, rec.y from t where z = 1;
  select into r * from t;
  insert into t (a) values (1) returning id into new_id;
  with q as (insert into u values (1) returning *) select count(*) into n from q;
  update t set a = 1 where b returning a, b into x, y;
  delete from t;
end`, `{select a, b from t where z = 1 into true x rec.y; select * from t into false r; insert into t (a) values (1) returning id into false new_id; with q as (insert into u values (1) returning *) select count(*) from q into false n; update t set a = 1 where b returning a, b into false x y; delete from t}`},
		{"loops", `begin
  <<outer>> loop exit outer when n > 3; continue; end loop outer;
  while i < 10 loop i := i + 1; end loop;
  for i in 1..10 loop null; end loop;
  for i in reverse f(10)..1 by 2 loop null; end loop;
  for r in select * from t order by 1 loop return next r; end loop;
  for a, b in execute 'select $1, $2' using 1, 2 loop null; end loop;
  for r in update t set a = 1 returning * loop null; end loop;
  foreach x slice 1 in array arr loop null; end loop;
end`, `{outer loop [exit false "outer" when n > 3; exit true "" when ];  while i < 10 [i := i + 1]; for i false 1..10 by  [null]; for i true f(10)..1 by 2 [null]; for  r in select * from t order by 1 [return next r]; for  a b execute 'select $1, $2' using 1 2 [null]; for  r in update t set a = 1 returning * [null]; foreach  x slice 1 arr [null]}`},
		{"case", `begin
  case x when 1, 2 then a := 1; when 3 then null; else b := 2; end case;
  case when x > 1 then null; end case;
end`, `{case x when 1 2 [a := 1] when 3 [null] else [b := 2]; case  when x > 1 [null]}`},
		{"upsert", `begin
  loop
    update db set b = data where a = key;
    if found then return; end if;
    begin
      insert into db (a, b) values (key, data);
      return;
    exception when unique_violation or sqlstate '40001' then
      null;
    when others then
      get stacked diagnostics msg = message_text, st := returned_sqlstate;
      raise;
    end;
  end loop;
end;`, `{ loop [update db set b = data where a = key; if found [return ] else []; {insert into db (a, b) values (key, data); return } when unique_violation/23505 /40001 [null] when others/ [get true msg=message_text st=returned_sqlstate; raise exception ""]]}`},
		{"audit", `begin
  insert into audit.log (table_name, op, old_row, new_row, who)
  values (tg_table_name, tg_op, case when tg_op <> 'INSERT' then to_jsonb(old) end, to_jsonb(new), auth.uid());
  perform pg_notify('x', row_to_json(new)::text) from t where a;
  get diagnostics n = row_count;
  assert n > 0, 'none';
  execute format('select %I from %I', a, b) into strict x using 1, new.id;
  execute 'x' using a into b;
  return null;
end`, `{insert into audit.log (table_name, op, old_row, new_row, who) values (tg_table_name, tg_op, case when tg_op <> 'INSERT' then to_jsonb(old) end, to_jsonb(new), auth.uid()); perform select pg_notify('x', row_to_json(new)::text) from t where a; get false n=row_count; assert n > 0, 'none'; execute format('select %I from %I', a, b) into true x using 1 new.id; execute 'x' into false b using a; return null}`},
		{"returns", `begin return query select 1; return query execute 'x' using 1; return next; return (1, 2); return; end`,
			`{return query select 1; return query 'x' 1; return next ; return (1, 2); return }`},
		{"arrays", `begin a[i + 1][2] := 3; rec.arr[1] = 4; "X".y := z[1]; end`, `{a[i + 1][2] := 3; rec.arr[1] := 4; X.y := z[1]}`},
		{"raise levels", `begin raise notice 'a'; raise warning '% %', a, b; raise info using message = 'x'; raise division_by_zero using detail = 'y'; end`,
			`{raise notice "a"; raise warning "% %" a b; raise info "" message='x'; raise exception "" division_by_zero/22012 detail='y'}`},
		{"cursors", "declare c cursor (k int) for select k; begin open c(1); open d for execute 'x' using 1; fetch relative -1 from c into x; move last c; for r in c(2) loop null; end loop; close c; end",
			`var c  "" false false ; {open c 1; open d 'x' 1; fetch relative -1 c  x; fetch last c; for  r in c 2 [null]; close c}`},
		{"query as expression", "begin n := count(*) from t where a; return x from y limit 1; end",
			`{n := (select count(*) from t where a); return (select x from y limit 1)}`},
		{"options", "#variable_conflict use_column\n<<main>> declare x int; begin null; end main;", "var x  int4 false false ; main{null}"},
	}
	for _, tt := range tests {
		b, err := Parse(tt.in)
		if err != nil {
			t.Errorf("%s: %v at %d", tt.name, err, fault.From(err).Pos)
			continue
		}
		if got := outline(b); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, code, message string
		pos               int
	}{
		{"begin return 1", "42601", "syntax error at end of input", 15},
		{"begin x := ; end", "42601", "missing expression at or near \";\"", 12},
		{"begin x := 1 + ; end", "42601", "syntax error at end of input", 16},
		{"begin if x then null; end", "42601", "syntax error at end of input", 26},
		{"begin if x null; end if; end", "42601", "missing \"THEN\" at end of SQL expression", 16},
		{"begin x := (1; end", "42601", "mismatched parentheses at or near \";\"", 14},
		{"begin select * fro t; end", "42601", "syntax error at or near \"fro\"", 16},
		{"begin raise exception '%'; end", "42601", "too few parameters specified for RAISE", 7},
		{"begin raise exception 'x', 1; end", "42601", "too many parameters specified for RAISE", 7},
		{"begin raise foo_bar; end", "42704", "unrecognized exception condition \"foo_bar\"", 13},
		{"begin raise using foo = 1; end", "42601", "unrecognized RAISE statement option at or near \"foo\"", 19},
		{"begin fetch forward 3 from c into x; end", "0A000", "FETCH statement cannot return multiple rows", 7},
		{"declare c cursor select 1; begin end", "42601", "syntax error at or near \"select\"", 18},
		{"begin commit; end", "0A000", "COMMIT in a function is not supported", 7},
		{"begin <<a>> loop null; end loop b; end", "42601", "end label \"b\" differs from block's label \"a\"", 33},
		{"begin loop null; end loop b; end", "42601", "end label \"b\" specified for unlabeled block", 27},
		{"begin end; x", "42601", "syntax error at or near \"x\"", 12},
		{"begin null; exception end", "42601", "syntax error at or near \"end\"", 23},
		{"declare x int not null; begin end", "22004", "variable \"x\" must have a default value, since it's declared NOT NULL", 9},
		{"begin select 1 into a into b; end", "42601", "INTO specified more than once", 23},
		{"begin get diagnostics x = foo; end", "42601", "unrecognized GET DIAGNOSTICS item at or near \"foo\"", 27},
		{"begin 'x'; end", "42601", "syntax error at or near \"'x'\"", 7},
		{"", "42601", "syntax error at end of input", 1},
	}
	for _, tt := range tests {
		_, err := Parse(tt.in)
		f := fault.From(err)
		if f == nil || f.Code != tt.code || f.Message != tt.message || f.Pos != tt.pos {
			t.Errorf("Parse(%q) = %v at %d, want %s: %s at %d", tt.in, f, posOf(f), tt.code, tt.message, tt.pos)
		}
	}
}

func posOf(f *fault.Error) int {
	if f == nil {
		return -1
	}
	return f.Pos
}

func TestPositions(t *testing.T) {
	t.Parallel()
	body := "begin\n  x := a + b;\n  select c into d from e;\nend"
	b, err := Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"a": true, "b": true, "c": true}
	check := func(n pgsql.Node) bool {
		if c, ok := n.(*pgsql.Column); ok {
			if got := body[c.Pos : c.Pos+1]; got != c.Parts[0] {
				t.Errorf("column %s stands at %q", c.Parts[0], got)
			}
			delete(want, c.Parts[0])
		}
		return true
	}
	Walk(b, func(s Stmt) bool {
		switch s := s.(type) {
		case *Assign:
			pgsql.Walk(s.X, check)
		case *SQL:
			pgsql.Walk(s.Stmt, check)
		}
		return true
	})
	if len(want) > 0 {
		t.Errorf("columns not met: %v", want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"begin new.x := 1; return new; end",
		"declare a int := 1; begin if a then raise 'x %', a using hint = b; end if; exception when others then null; end",
		"begin for i in 1..2 loop select a into b from c; end loop; case x when 1 then null; end case; end",
		"<<l>> begin foreach x in array y loop execute z into a using b; end loop; return query select 1; end l",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := Parse(s)
		if (b == nil) == (err == nil) {
			t.Fatalf("Parse(%q) = %v, %v", s, b, err)
		}
	})
}
