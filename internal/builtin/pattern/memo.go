package pattern

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Memo compiles regular expressions and remembers the last ones. It is a memo: what
// it returns depends on its arguments alone.
type Memo struct {
	mu   sync.Mutex
	memo map[rxKey]*regexp.Regexp
}

type rxKey struct {
	pattern string
	flags   Flags
}

// maxMemo bounds the memo; a full one starts over.
const maxMemo = 512

func NewMemo() *Memo { return &Memo{memo: map[rxKey]*regexp.Regexp{}} }

// Flags are the options of a Postgres regular expression.
type Flags struct {
	Fold     bool // i
	Lines    bool // ^ and $ match at line ends (n, m, w)
	DotLine  bool // . and [^…] stop at line ends (n, m, p)
	Expanded bool // x
	Literal  bool // q
	Global   bool // g: for those functions that repeat
}

// ParseFlags reads an option string.
func ParseFlags(s string) (Flags, error) {
	var f Flags
	for _, r := range s {
		switch r {
		case 'g':
			f.Global = true
		case 'i':
			f.Fold = true
		case 'c':
			f.Fold = false
		case 'n', 'm':
			f.Lines, f.DotLine = true, true
		case 's':
			f.Lines, f.DotLine = false, false
		case 'p':
			f.Lines, f.DotLine = false, true
		case 'w':
			f.Lines, f.DotLine = true, false
		case 'x':
			f.Expanded = true
		case 't':
			f.Expanded = false
		case 'q':
			f.Literal = true
		case 'e', 'b':
			f.Literal = false
		default:
			return f, fault.SQL("22023", `invalid regular expression option: "%c"`, r)
		}
	}
	return f, nil
}

// Compile returns the translated expression.
func (r *Memo) Compile(pattern string, f Flags) (*regexp.Regexp, error) {
	f.Global = false
	k := rxKey{pattern, f}
	r.mu.Lock()
	re, ok := r.memo[k]
	r.mu.Unlock()
	if ok {
		return re, nil
	}
	re, err := compileARE(pattern, f)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.memo) >= maxMemo {
		clear(r.memo)
	}
	r.memo[k] = re
	return re, nil
}

func errRegexp(why string) error {
	return fault.SQL("2201B", "invalid regular expression: %s", why)
}

func errNotRegular(what string) error {
	return fault.SQL("0A000", "%s in regular expressions are not supported", what).
		WithHint("Rewrite the pattern without them, or use several conditions.")
}

// compileARE translates a Postgres "advanced" regular expression into Go's syntax.
// Without lazy quantifiers the longest match wins, as POSIX has it.
func compileARE(pattern string, f Flags) (*regexp.Regexp, error) {
	t := areReader{src: pattern, flags: f}
	if err := t.director(); err != nil {
		return nil, err
	}
	body := ""
	if t.flags.Literal {
		body = regexp.QuoteMeta(t.src[t.pos:])
	} else if err := t.translate(); err != nil {
		return nil, err
	} else {
		body = t.out.String()
	}
	re, err := regexp.Compile(t.prefix() + body)
	if err != nil {
		return nil, goRegexpError(err)
	}
	if !t.lazy {
		re.Longest()
	}
	return re, nil
}

func (t *areReader) prefix() string {
	p := ""
	if t.flags.Fold {
		p += "i"
	}
	if t.flags.Lines {
		p += "m"
	}
	if !t.flags.DotLine {
		p += "s"
	}
	if p == "" {
		return ""
	}
	return "(?" + p + ")"
}

// goRegexpError gives Go's complaint in Postgres' words.
func goRegexpError(err error) error {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return errRegexp("invalid pattern")
	}
	switch e.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return errRegexp("parentheses () not balanced")
	case syntax.ErrMissingBracket:
		return errRegexp("brackets [] not balanced")
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidRepeatOp:
		return errRegexp("quantifier operand invalid")
	case syntax.ErrInvalidRepeatSize:
		return errRegexp("invalid repetition count(s)")
	case syntax.ErrInvalidCharRange:
		return errRegexp("invalid character range")
	case syntax.ErrInvalidEscape, syntax.ErrTrailingBackslash:
		return errRegexp(`invalid escape \ sequence`)
	case syntax.ErrLarge, syntax.ErrNestingDepth:
		return errRegexp("regular expression is too complex")
	}
	return errRegexp("invalid pattern " + strings.TrimSpace(e.Expr))
}
