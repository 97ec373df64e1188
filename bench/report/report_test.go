package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func table() *Table {
	return &Table{Name: "insert <at> 16", Lines: []Line{
		{Server: "plinth-sqlite", Base: "plinth-sqlite", Samples: []Sample{{CPU: 0.2}, {CPU: 0.1}, {CPU: 0.4}}},
		{Server: "other", Base: "plinth-sqlite", Samples: []Sample{{CPU: 0.4, Failed: 2}, {CPU: 0.3}, {CPU: 0.8}}},
	}}
}

func TestRatiosAreWithinOneRound(t *testing.T) {
	t.Parallel()
	tab := table()
	if got := tab.Ratio("other", "plinth-sqlite"); got != 2 {
		t.Errorf("ratio %v, want 2: the median of 2, 3 and 2", got)
	}
	if got := tab.Ratio("other", "nobody"); got != 0 {
		t.Errorf("ratio to nobody: %v", got)
	}
	var b strings.Builder
	tab.Markdown(&b)
	for _, want := range []string{"| plinth-sqlite | 0.200 | 0.100–0.400 | 1 |", "| other | 0.400 | 0.300–0.800 | 2.00 |", "| 2 |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestPlotIsXML(t *testing.T) {
	t.Parallel()
	tab := table()
	var b strings.Builder
	tab.SVG(&b)
	if tab.File() != "insert-at-16.svg" {
		t.Errorf("file %s", tab.File())
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
