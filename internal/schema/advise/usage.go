package advise

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// Bounds on what is read of access logs.
const (
	maxLine  = 64 << 10
	maxKinds = 10_000 // different filters
	often    = 100    // requests that make a filter frequent
)

// Usage is how often rows were looked for by which columns, by "schema.table(columns)".
type Usage map[string]int

// ReadUsage counts the filters of an access log, a JSON object a line. Lines that are
// none of the server's are passed over.
func ReadUsage(r io.Reader) (Usage, error) {
	u := Usage{}
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxLine)
	for scan.Scan() {
		var line struct{ Msg, Filter string }
		if json.Unmarshal(scan.Bytes(), &line) != nil || line.Msg != "request" || line.Filter == "" {
			continue
		}
		if _, known := u[line.Filter]; known || len(u) < maxKinds {
			u[line.Filter]++
		}
	}
	return u, scan.Err()
}

// OfUsage returns the findings that a log of requests shows: filters that are frequent
// and that no index serves.
func OfUsage(c *catalog.Catalog, u Usage) []Finding {
	a := &adviser{c: c}
	for filter, n := range u {
		table, cols, ok := strings.Cut(strings.TrimSuffix(filter, ")"), "(")
		schema, name, ok2 := strings.Cut(table, ".")
		if !ok || !ok2 || n < often || c.Schemas[schema] == nil {
			continue
		}
		t := c.Schemas[schema].Tables[name]
		if t == nil || t.Kind != catalog.Base {
			continue
		}
		a.filter(t, strings.Split(cols, ","), n)
	}
	slices.SortFunc(a.out, func(x, y Finding) int { return strings.Compare(x.Object, y.Object) })
	return a.out
}

// filter: one index on any of the columns narrows the rows; without any, the table is
// read whole.
func (a *adviser) filter(t *catalog.Table, cols []string, n int) {
	for _, col := range cols {
		if t.ColumnNamed(col) == nil || indexed(t, []string{col}) {
			return
		}
	}
	a.add(Warning, "filter_unindexed", name(t)+" ("+strings.Join(cols, ", ")+"), "+strconv.Itoa(n)+" requests", index(t, cols))
}
