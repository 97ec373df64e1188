package postgres

import (
	"strconv"
	"strings"
)

// A limit that is a parameter makes the server plan a statement anew at each run:
// without its value it reckons with a tenth of all rows, so that a plan for the value
// always looks cheaper, and planning costs more than fifty rows do. So the limits that
// people write become part of the text. They are few, so the statements stay few.

// limitEnd is how a statement with a limit ends, before the number of its parameter.
const limitEnd = " limit $"

// usual reports whether a limit is of those few. A page with a cursor asks for one row
// more.
func usual(n int64) bool {
	return n > 0 && n <= 1001 && (round(n) || round(n-1))
}

func round(n int64) bool { return n <= 10 || n <= 100 && n%5 == 0 || n%50 == 0 }

// fix takes the limit out of the arguments where it goes into the text.
func (r *request) fix() {
	last := len(r.args) - 1
	if last < 0 {
		return
	}
	n, ok := r.args[last].(int64)
	if !ok || !usual(n) || !strings.HasSuffix(r.sql, strconv.Itoa(last+1)) {
		return
	}
	if strings.HasSuffix(r.sql[:len(r.sql)-len(strconv.Itoa(last+1))], limitEnd) {
		r.args, r.limit = r.args[:last], n
	}
}

// text is the statement as the server gets it.
func (r *request) text() string {
	if r.limit == 0 {
		return r.sql
	}
	return r.sql[:strings.LastIndexByte(r.sql, '$')] + strconv.FormatInt(r.limit, 10)
}
