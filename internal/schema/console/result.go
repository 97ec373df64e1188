package console

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxCell bounds a cell of a table, in characters.
const maxCell = 80

// result is what a statement gave, as text and as JSON.
type result struct {
	cols     []db.Column
	cells    [][]string
	nulls    [][]bool
	json     [][]byte // a row's object
	affected int64
	more     bool // rows beyond the limit
}

func read(rows *db.Rows, limit int) (*result, error) {
	defer rows.Close()
	r := &result{cols: rows.Columns()}
	for rows.Next() {
		if len(r.cells) == limit {
			r.more = true
			break
		}
		cells, nulls, obj := make([]string, len(r.cols)), make([]bool, len(r.cols)), []byte{'{'}
		for i, c := range r.cols {
			text, ok := rows.AppendText(nil, i)
			cells[i], nulls[i] = string(text), !ok
			if i > 0 {
				obj = append(obj, ',')
			}
			obj = value.AppendJSONString(obj, c.Name)
			obj = rows.AppendJSON(append(obj, ':'), i)
		}
		r.cells, r.nulls, r.json = append(r.cells, cells), append(r.nulls, nulls), append(r.json, append(obj, '}'))
	}
	r.affected = rows.Affected()
	return r, rows.Err()
}

func (r *result) print(w io.Writer, format string) error {
	if len(r.cols) == 0 {
		_, err := fmt.Fprintf(w, "%d rows written\n", r.affected)
		return err
	}
	switch format {
	case "json":
		return r.printJSON(w)
	case "csv":
		return r.printCSV(w)
	}
	return r.printTable(w)
}

func (r *result) printJSON(w io.Writer) error {
	var b strings.Builder
	b.WriteByte('[')
	for i, obj := range r.json {
		if i > 0 {
			b.WriteString(",\n ")
		}
		if !json.Valid(obj) {
			return fmt.Errorf("row %d is no JSON", i+1)
		}
		b.Write(obj)
	}
	b.WriteString("]\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *result) printCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	head := make([]string, len(r.cols))
	for i, c := range r.cols {
		head[i] = c.Name
	}
	if err := out.Write(head); err != nil {
		return err
	}
	if err := out.WriteAll(r.cells); err != nil { // which flushes
		return err
	}
	return out.Error()
}

func (r *result) printTable(w io.Writer) error {
	width := make([]int, len(r.cols))
	for i, c := range r.cols {
		width[i] = utf8.RuneCountInString(c.Name)
		for n := range r.cells {
			width[i] = max(width[i], utf8.RuneCountInString(r.cell(n, i)))
		}
	}
	var b strings.Builder
	line := func(cell func(i int) string) {
		for i := range r.cols {
			if i > 0 {
				b.WriteString(" | ")
			}
			text := cell(i)
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(text))
			switch {
			case number(r.cols[i].Type):
				b.WriteString(pad + text)
			case i < len(r.cols)-1:
				b.WriteString(text + pad)
			default:
				b.WriteString(text)
			}
		}
		b.WriteByte('\n')
	}
	line(func(i int) string { return r.cols[i].Name })
	for i := range r.cols {
		if i > 0 {
			b.WriteString("-+-")
		}
		b.WriteString(strings.Repeat("-", width[i]))
	}
	b.WriteByte('\n')
	for n := range r.cells {
		line(func(i int) string { return r.cell(n, i) })
	}
	switch {
	case r.more:
		fmt.Fprintf(&b, "(the first %d rows)\n", len(r.cells))
	case len(r.cells) == 1:
		b.WriteString("(1 row)\n")
	default:
		fmt.Fprintf(&b, "(%d rows)\n", len(r.cells))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is one line of bounded length.
func (r *result) cell(n, i int) string {
	if r.nulls[n][i] {
		return "∅"
	}
	text := strings.NewReplacer("\n", "⏎", "\t", "⇥", "\r", "").Replace(r.cells[n][i])
	if utf8.RuneCountInString(text) > maxCell {
		text = string([]rune(text)[:maxCell-1]) + "…"
	}
	return text
}

func number(t *value.Type) bool {
	switch t.Base().Kind {
	case value.Int2, value.Int4, value.Int8, value.Float4, value.Float8, value.Numeric:
		return true
	}
	return false
}
