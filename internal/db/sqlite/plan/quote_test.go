package plan_test

import (
	"path/filepath"
	"testing"

	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/value"
)

// json_quote must escape as Postgres' escape_json does.
func TestJSONQuote(t *testing.T) {
	t.Parallel()
	c, err := lite.Open(lite.Config{Path: filepath.Join(t.TempDir(), "db"), Mode: lite.ReadWrite})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	st, err := c.Prepare("select json_quote(?1)")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Release()
	var cases []string
	for r := rune(1); r < 0x300; r++ {
		cases = append(cases, string(r), "a"+string(r)+"b\"\\/'é")
	}
	cases = append(cases, "", "\u2028\u2029", "😀", "\ufffd", `{"a":1}`, "[1]", "12", "null")
	for _, s := range cases {
		st.BindText(1, s)
		if _, err := st.Step(); err != nil {
			t.Fatal(err)
		}
		want := string(value.AppendJSONString(nil, s))
		if got := st.ColumnString(0); got != want {
			t.Errorf("json_quote(%q) = %s, want %s", s, got, want)
		}
		st.Reset()
	}
}
