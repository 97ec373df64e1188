package pgtap

import (
	"context"
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// values are the assertions about values.
func values() map[string]function {
	eq := func(want bool) func(*runner, context.Context, []arg) error {
		return func(r *runner, _ context.Context, a []arg) error {
			same := a[0].null == a[1].null && (a[0].null || equalText(a[0], a[1]))
			word := "want: "
			if !want {
				word = "anything else than: "
			}
			r.report(same == want, at(a, 2), "have: "+a[0].shown(), word+a[1].shown())
			return nil
		}
	}
	op := func(op string) function {
		return function{2, false, func(r *runner, ctx context.Context, a []arg) error {
			return r.compare(ctx, a[:2], op, at(a, 2))
		}}
	}
	return map[string]function{
		"ok": {1, false, func(r *runner, _ context.Context, a []arg) error {
			r.report(!a[0].null && a[0].text == "t", at(a, 1), "have: "+a[0].shown(), "want: t")
			return nil
		}},
		"is":            {2, false, eq(true)},
		"isnt":          {2, false, eq(false)},
		"matches":       op("~"),
		"imatches":      op("~*"),
		"doesnt_match":  op("!~"),
		"doesnt_imatch": op("!~*"),
		"alike":         op("like"),
		"ialike":        op("ilike"),
		"unalike":       op("not like"),
		"unialike":      op("not ilike"),
		"cmp_ok": {3, false, func(r *runner, ctx context.Context, a []arg) error {
			return r.compare(ctx, []arg{a[0], a[2]}, a[1].text, at(a, 3))
		}},
	}
}

// equalText compares numbers of different types by what they are worth.
func equalText(a, b arg) bool {
	return a.text == b.text || isNumber(a.text) && isNumber(b.text) && trimZeros(a.text) == trimZeros(b.text)
}

func trimZeros(s string) string {
	if strings.Contains(s, ".") {
		return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789.-") == ""
}

var operators = []string{"=", "<>", "!=", "<", ">", "<=", ">=", "~", "~*", "!~", "!~*", "like", "ilike", "not like", "not ilike", "@>", "<@", "&&"}

func (r *runner) compare(ctx context.Context, a []arg, op, name string) error {
	known := false
	for _, o := range operators {
		known = known || o == strings.ToLower(op)
	}
	if !known {
		return errArgs
	}
	lit := func(x arg) string {
		if x.null {
			return "null"
		}
		return pgsql.QuoteLiteral(x.text) + "::" + x.typ.String()
	}
	got, err := r.one(ctx, "select "+lit(a[0])+" "+op+" "+lit(a[1]))
	if err != nil {
		return err
	}
	r.report(got == "t", name, "have: "+a[0].shown(), "want: it "+op+" "+a[1].shown())
	return nil
}

// one returns the text of a query's first value, "" for none.
func (r *runner) one(ctx context.Context, sql string, args ...any) (string, error) {
	rows, err := r.tx.As(r.session).Query(ctx, sql, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if !rows.Next() {
		return "", rows.Err()
	}
	text, _ := rows.AppendText(nil, 0)
	return string(text), rows.Err()
}
