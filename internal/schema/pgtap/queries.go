package pgtap

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxShown bounds the rows that a failure shows.
const maxShown = 10

// queries are the assertions about what statements give.
func queries() map[string]function {
	rows := func(same func(a, b []string) bool, want bool, word string) function {
		return function{2, false, func(r *runner, ctx context.Context, a []arg) error {
			have, err := r.list(ctx, a[0])
			if err != nil {
				return err
			}
			other, err := r.list(ctx, a[1])
			if err != nil {
				return err
			}
			r.report(same(have, other) == want, at(a, 2), append([]string{"the rows are not " + word}, difference(have, other)...)...)
			return nil
		}}
	}
	t := map[string]function{
		"results_eq": rows(slices.Equal, true, "the same"),
		"results_ne": rows(slices.Equal, false, "different"),
		"bag_eq":     rows(sameBag, true, "the same in any order"),
		"bag_ne":     rows(sameBag, false, "different"),
		"set_eq":     rows(sameSet, true, "the same set"),
		"set_ne":     rows(sameSet, false, "a different set"),
		"set_has":    rows(includes, true, "all there"),
		"bag_has":    rows(includes, true, "all there"),
		"set_hasnt":  rows(disjoint, true, "absent"),
		"bag_hasnt":  rows(disjoint, true, "absent"),
		"is_empty":   {1, false, empty(true)},
		"isnt_empty": {1, false, empty(false)},
		"lives_ok":   {1, false, lives},
		"throws_ok":  {1, false, throws},
	}
	t["throws_like"] = function{2, false, throwsMatching(like)}
	t["throws_matching"] = function{2, false, throwsMatching(regexp.MatchString)}
	return t
}

// list returns the rows of a query as lines, or the elements of an array.
func (r *runner) list(ctx context.Context, a arg) ([]string, error) {
	if a.array() {
		return a.list, nil
	}
	rows, err := r.tx.As(r.session).Query(ctx, statement(a.text))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		cells := make([]string, len(rows.Columns()))
		for i := range cells {
			text, ok := rows.AppendText(nil, i)
			cells[i] = string(text)
			if !ok {
				cells[i] = "NULL"
			}
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return out, rows.Err()
}

// statement drops a closing semicolon; EXECUTE of a prepared one is not known.
func statement(sql string) string { return strings.TrimRight(strings.TrimSpace(sql), "; \n\t") }

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func sameBag(a, b []string) bool { return slices.Equal(sorted(a), sorted(b)) }

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Compact(sorted(a)), slices.Compact(sorted(b)))
}

func includes(a, b []string) bool {
	return !slices.ContainsFunc(b, func(s string) bool { return !slices.Contains(a, s) })
}

func disjoint(a, b []string) bool {
	return !slices.ContainsFunc(b, func(s string) bool { return slices.Contains(a, s) })
}

// difference shows rows that one side alone has.
func difference(have, want []string) []string {
	var out []string
	side := func(mark string, a, b []string) {
		rest := slices.Clone(b)
		n := 0
		for _, s := range a {
			if i := slices.Index(rest, s); i >= 0 {
				rest = slices.Delete(rest, i, i+1)
				continue
			}
			if n++; n <= maxShown {
				out = append(out, mark+s)
			}
		}
		if n > maxShown {
			out = append(out, fmt.Sprintf("%sand %d more", mark, n-maxShown))
		}
	}
	side("+ ", have, want)
	side("- ", want, have)
	if len(out) == 0 && !slices.Equal(have, want) {
		out = append(out, "their order differs")
	}
	return out
}

func empty(want bool) func(*runner, context.Context, []arg) error {
	return func(r *runner, ctx context.Context, a []arg) error {
		list, err := r.list(ctx, a[0])
		if err != nil {
			return err
		}
		r.report((len(list) == 0) == want, at(a, 1), difference(list, nil)...)
		return nil
	}
}

// attempt runs a statement that may fail, and takes back what it did where it does.
func (r *runner) attempt(ctx context.Context, sql string) error {
	return r.tx.Try(ctx, func() error { return r.exec(ctx, statement(sql)) })
}

func lives(r *runner, ctx context.Context, a []arg) error {
	err := r.attempt(ctx, a[0].text)
	if err == nil {
		r.report(true, at(a, 1))
		return nil
	}
	code, message := codeOf(err)
	r.report(false, at(a, 1), "died: "+code+": "+message)
	return nil
}

var sqlstate = regexp.MustCompile(`^[0-9A-Z]{5}$`)

// throws is throws_ok(sql, code, message, name) or (sql, message, name).
func throws(r *runner, ctx context.Context, a []arg) error {
	err := r.attempt(ctx, a[0].text)
	rest := a[1:]
	wantCode, wantMessage := "", ""
	if len(rest) > 0 && (rest[0].null || sqlstate.MatchString(rest[0].text)) {
		wantCode, rest = at(rest, 0), rest[1:]
	}
	if len(rest) > 0 {
		wantMessage, rest = at(rest, 0), rest[1:]
	}
	name := at(rest, 0)
	if err == nil {
		r.report(false, name, "no error", "wanted: "+strings.TrimSpace(wantCode+" "+wantMessage))
		return nil
	}
	code, message := codeOf(err)
	ok := (wantCode == "" || wantCode == code) && (wantMessage == "" || wantMessage == message)
	r.report(ok, name, "caught: "+code+": "+message, "wanted: "+strings.TrimSpace(wantCode+" "+wantMessage))
	return nil
}

func throwsMatching(match func(pattern, s string) (bool, error)) func(*runner, context.Context, []arg) error {
	return func(r *runner, ctx context.Context, a []arg) error {
		err := r.attempt(ctx, a[0].text)
		if err == nil {
			r.report(false, at(a, 2), "no error", "wanted: "+a[1].text)
			return nil
		}
		_, message := codeOf(err)
		ok, err := match(a[1].text, message)
		if err != nil {
			return err
		}
		r.report(ok, at(a, 2), "caught: "+message, "wanted: "+a[1].text)
		return nil
	}
}

// like is SQL's LIKE.
func like(pattern, s string) (bool, error) {
	q := regexp.QuoteMeta(pattern)
	q = strings.NewReplacer("%", ".*", "_", ".").Replace(q)
	return regexp.MatchString("(?s)^"+q+"$", s)
}
