package ddl

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

func TestCastText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ sql, from, to, fn string }{
		{`CREATE CAST (public.color AS json) WITH FUNCTION "json"(public.color) AS IMPLICIT`, "public.color", "json", `"json"`},
		{"create cast (text\n as color)\n with function public.color (text)", "text", "color", "public.color"},
	} {
		st, err := pgsql.ParseOne(c.sql)
		if err != nil {
			t.Fatal(err)
		}
		m := castText.FindStringSubmatch(st.(*pgsql.Other).Text)
		if m == nil || m[1] != c.from || m[2] != c.to || m[3] != c.fn {
			t.Errorf("%s: %q", c.sql, m)
		}
	}
	if castText.MatchString("create cast (int as text) without function") {
		t.Error("a cast without a function matched")
	}
}
