package tsearch

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
)

func TestCanonicalForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, out, code string
		read          func(string) (string, error)
	}{
		{"a fat cat", "'a' 'cat' 'fat'", "", CanonicalVector},
		{"b:2 a:1 b:3A,2", "'a':1 'b':2,3A", "", CanonicalVector},
		{"a:99999", "'a':16383", "", CanonicalVector},
		{"a:1,1,1A,1B", "'a':1A", "", CanonicalVector},
		{":1", "':1'", "", CanonicalVector},
		{"a:1 , 2", "',' '2' 'a':1", "", CanonicalVector},
		{"a:0", "", "42601", CanonicalVector},
		{"'a", "", "42601", CanonicalVector},
		{"a:1,2,", "", "42601", CanonicalVector},
		{"a <-> (b <-> c)", "'a' <-> ( 'b' <-> 'c' )", "", CanonicalQuery},
		{"a<->b", "'a' <-> 'b'", "", CanonicalQuery},
		{"!(a <-> b)", "!( 'a' <-> 'b' )", "", CanonicalQuery},
		{"!!a", "!!'a'", "", CanonicalQuery},
		{"a <16385> b", "", "22023", CanonicalQuery},
		{"a !b", "", "42601", CanonicalQuery},
		{"a|", "", "42601", CanonicalQuery},
		{"()", "", "42601", CanonicalQuery},
		{"", "", "", CanonicalQuery},
	} {
		got, err := c.read(c.in)
		if got != c.out || fault.CodeOf(err) != c.code {
			t.Errorf("%q: got %q, %v; want %q %s", c.in, got, err, c.out, c.code)
		}
	}
}
