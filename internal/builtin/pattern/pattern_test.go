package pattern_test

import (
	"testing"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/builtin/pattern"
	"github.com/plinth-dev/plinth/internal/fault"
)

func TestRefusesWhatHasNoTranslation(t *testing.T) {
	t.Parallel()
	for _, p := range []string{`(a)\1`, `a(?=b)`, `a(?!b)`, `(?<=a)b`, `(?<!a)b`, `[[.a.]]`} {
		if _, err := pattern.NewMemo().Compile(p, pattern.Flags{}); fault.CodeOf(err) != "0A000" {
			t.Errorf("Compile(%q): %v, want 0A000", p, err)
		}
	}
}

func TestMemoReturnsTheSameExpression(t *testing.T) {
	t.Parallel()
	m := pattern.NewMemo()
	a, err := m.Compile("a+", pattern.Flags{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := m.Compile("a+", pattern.Flags{Global: true})
	c, _ := m.Compile("a+", pattern.Flags{Fold: true})
	if a != b || a == c {
		t.Errorf("g must not matter and i must: %v %v %v", a, b, c)
	}
}

func FuzzCompile(f *testing.F) {
	for _, p := range []string{`^\w+\d{3}$`, `[^\d\s]+`, `[[:alpha:]-]`, `(?i)a|b*?`, `\m\M\y\Y`, `[]a]`, `\u0078\x41`, `***=a.b`} {
		f.Add(p, "abc 123")
	}
	f.Fuzz(func(t *testing.T, p, s string) {
		if !utf8.ValidString(p) || !utf8.ValidString(s) {
			return
		}
		re, err := pattern.NewMemo().Compile(p, pattern.Flags{})
		switch {
		case err == nil:
			re.MatchString(s)
		case fault.CodeOf(err) != "2201B" && fault.CodeOf(err) != "0A000":
			t.Errorf("Compile(%q): %v", p, err)
		}
		if _, err := pattern.Like(s, p); err != nil && fault.CodeOf(err) != "22025" {
			t.Errorf("Like(%q, %q): %v", s, p, err)
		}
	})
}
