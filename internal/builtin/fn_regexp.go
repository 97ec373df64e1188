package builtin

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/builtin/pattern"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnRegexp returns the functions that take regular expressions.
func fnRegexp(memo *pattern.Memo) []*Func {
	rx := regexps{memo}
	two, three := sig(tText, tText), sig(tText, tText, tText)
	out := []*Func{
		{Name: "regexp_replace", Args: sig(tText, tText, tText, tText), Optional: 1, Ret: tText, Raises: true, Eval: rx.replace},
		{Name: "regexp_match", Args: three, Optional: 1, Ret: tTexts, Raises: true, Eval: rx.match},
		{Name: "regexp_like", Args: three, Optional: 1, Ret: tBool, Raises: true, Eval: rx.like},
		{Name: "regexp_count", Args: sig(tText, tText, tInt4, tText), Optional: 2, Ret: tInt4, Raises: true, Eval: rx.count},
		{Name: "regexp_substr", Args: sig(tText, tText, tInt4, tInt4, tText), Optional: 3, Ret: tText, Raises: true, Eval: rx.nth},
		{Name: "regexp_instr", Args: sig(tText, tText, tInt4, tInt4), Optional: 2, Ret: tInt4, Raises: true, Eval: rx.instr},
		{Name: "regexp_split_to_array", Args: three, Optional: 1, Ret: tTexts, Raises: true,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) {
				parts, err := rx.split("regexp_split_to_array", a)
				return textList(parts), err
			}},
	}
	return append(out,
		&Func{Name: "substring", Args: two, Ret: tText, Raises: true, Eval: rx.substring},
		&Func{Name: "substring", Args: three, Ret: tText, Raises: true, Eval: rx.similarSubstring})
}

// regexps are the functions' implementations over one memo of compiled expressions.
type regexps struct{ *pattern.Memo }

// flagged compiles a[1] with the flags of argument i, if there is one.
func (r regexps) flagged(a []value.Value, i int) (*regexp.Regexp, pattern.Flags, error) {
	var f pattern.Flags
	if len(a) > i {
		var err error
		if f, err = pattern.ParseFlags(a[i].S); err != nil {
			return nil, f, err
		}
	}
	re, err := r.Compile(a[1].S, f)
	return re, f, err
}

// noGlobal refuses the flag g where a function has one result.
func noGlobal(f pattern.Flags, fn, hint string) error {
	if !f.Global {
		return nil
	}
	e := fault.SQL("22023", `%s() does not support the "global" option`, fn)
	if hint != "" {
		return e.WithHint(hint)
	}
	return e
}

func (r regexps) replace(_ *Call, a []value.Value) (value.Value, error) {
	if len(a) > 3 && a[3].S != "" && a[3].S[0] >= '0' && a[3].S[0] <= '9' {
		return null, fault.SQL("22023", `invalid regular expression option: "%c"`, a[3].S[0]).
			WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
	}
	re, f, err := r.flagged(a, 3)
	if err != nil {
		return null, err
	}
	n := 1
	if f.Global {
		n = -1
	}
	src, last := a[0].S, 0
	var b strings.Builder
	for _, m := range findAll(re, src, n) {
		b.WriteString(src[last:m[0]])
		expand(&b, a[2].S, src, m)
		last = m[1]
	}
	return value.Str(b.String() + src[last:]), nil
}

// findAll finds up to n matches. Unlike Go, Postgres also takes an empty match right
// after another one; that is asked of the rest of the text alone, so expressions that
// look at what stands before do not have it.
func findAll(re *regexp.Regexp, s string, n int) [][]int {
	all := re.FindAllStringSubmatchIndex(s, n)
	if !re.MatchString("") || strings.ContainsAny(re.String(), `^$`) || strings.Contains(strings.ToLower(re.String()), `\b`) {
		return all
	}
	out := make([][]int, 0, len(all))
	for i, m := range all {
		out = append(out, m)
		next := i+1 < len(all) && all[i+1][0] == m[1]
		if m[0] == m[1] || next {
			continue
		}
		if e := re.FindStringSubmatchIndex(s[m[1]:]); e != nil && e[1] == 0 {
			for k := range e {
				if e[k] >= 0 {
					e[k] += m[1]
				}
			}
			out = append(out, e)
		}
	}
	if n >= 0 && len(out) > n {
		out = out[:n]
	}
	return out
}

// expand writes the replacement: \1 to \9 groups, \& the match, \\ a backslash.
func expand(b *strings.Builder, repl, src string, m []int) {
	for i := 0; i < len(repl); i++ {
		if repl[i] != '\\' || i+1 == len(repl) {
			b.WriteByte(repl[i])
			continue
		}
		i++
		switch c := repl[i]; {
		case c == '&':
			b.WriteString(src[m[0]:m[1]])
		case c >= '1' && c <= '9':
			if g := int(c-'0') * 2; g+1 < len(m) && m[g] >= 0 {
				b.WriteString(src[m[g]:m[g+1]])
			}
		case c == '\\':
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
}

// groups returns the parenthesized parts of a match, or the whole of it.
func groups(src string, m []int) value.Value {
	from := 2
	if len(m) == 2 {
		from = 0
	}
	var l []value.Value
	for i := from; i < len(m); i += 2 {
		if m[i] < 0 {
			l = append(l, null)
			continue
		}
		l = append(l, value.Str(src[m[i]:m[i+1]]))
	}
	return value.List(l)
}

func (r regexps) match(_ *Call, a []value.Value) (value.Value, error) {
	re, f, err := r.flagged(a, 2)
	if err != nil {
		return null, err
	}
	if err := noGlobal(f, "regexp_match", "Use the regexp_matches function instead."); err != nil {
		return null, err
	}
	m := re.FindStringSubmatchIndex(a[0].S)
	if m == nil {
		return null, nil
	}
	return groups(a[0].S, m), nil
}

func (r regexps) like(_ *Call, a []value.Value) (value.Value, error) {
	re, f, err := r.flagged(a, 2)
	if err != nil {
		return null, err
	}
	return value.Truth(re.MatchString(a[0].S)), noGlobal(f, "regexp_like", "")
}

// from cuts off what stands before the start parameter.
func from(a []value.Value, i int) (string, error) {
	if len(a) <= i {
		return a[0].S, nil
	}
	if a[i].I < 1 {
		return "", fault.SQL("22023", `invalid value for parameter "%s": %d`, "start", a[i].I)
	}
	return cut(a[0].S, int(a[i].I)-1, maxText), nil
}

func (r regexps) count(_ *Call, a []value.Value) (value.Value, error) {
	re, f, err := r.flagged(a, 3)
	if err != nil {
		return null, err
	}
	if err := noGlobal(f, "regexp_count", ""); err != nil {
		return null, err
	}
	s, err := from(a, 2)
	if err != nil {
		return null, err
	}
	return value.Int(int64(len(findAll(re, s, -1)))), nil
}

func (r regexps) find(a []value.Value, flags int) (string, []int, error) {
	re, _, err := r.flagged(a, flags)
	if err != nil {
		return "", nil, err
	}
	s, err := from(a, 2)
	if err != nil {
		return "", nil, err
	}
	n := 1
	if len(a) > 3 {
		n = int(a[3].I)
	}
	if n < 1 {
		return "", nil, fault.SQL("22023", `invalid value for parameter "%s": %d`, "n", n)
	}
	if all := findAll(re, s, n); len(all) >= n {
		return s, all[n-1], nil
	}
	return s, nil, nil
}

func (r regexps) nth(_ *Call, a []value.Value) (value.Value, error) {
	s, m, err := r.find(a, 4)
	if err != nil || m == nil {
		return null, err
	}
	return value.Str(s[m[0]:m[1]]), nil
}

func (r regexps) instr(_ *Call, a []value.Value) (value.Value, error) {
	s, m, err := r.find(a, 4)
	if err != nil || m == nil {
		return value.Int(0), err
	}
	skipped := utf8.RuneCountInString(a[0].S) - utf8.RuneCountInString(s)
	return value.Int(int64(skipped + utf8.RuneCountInString(s[:m[0]]) + 1)), nil
}

// split cuts a[0] at the matches; an empty match at the ends or right behind another one
// does not cut.
func (r regexps) split(fn string, a []value.Value) ([]string, error) {
	re, f, err := r.flagged(a, 2)
	if err != nil {
		return nil, err
	}
	if err := noGlobal(f, fn, ""); err != nil {
		return nil, err
	}
	src, last := a[0].S, 0
	var parts []string
	for _, m := range findAll(re, src, -1) {
		if m[0] >= len(src) || m[1] <= last {
			continue
		}
		parts = append(parts, src[last:m[0]])
		last = m[1]
	}
	return append(parts, src[last:]), nil
}

// substring(s from pattern) is the first group, or the whole match.
func (r regexps) substring(_ *Call, a []value.Value) (value.Value, error) {
	re, err := r.Compile(a[1].S, pattern.Flags{})
	if err != nil {
		return null, err
	}
	m := re.FindStringSubmatchIndex(a[0].S)
	if m == nil {
		return null, nil
	}
	return groups(a[0].S, m).L[0], nil
}

// similarSubstring is substring(s similar pattern escape e).
func (r regexps) similarSubstring(c *Call, a []value.Value) (value.Value, error) {
	p, err := pattern.SimilarEscape(a[1].S, a[2].S)
	if err != nil {
		return null, err
	}
	return r.substring(c, []value.Value{a[0], value.Str(p)})
}
