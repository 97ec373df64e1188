package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// PostgREST's codes are API; those beginning PLR are our own. Statuses are in status.go.
var (
	errPath        = fault.New(fault.NotFound, "PGRST125", "Invalid path specified in request URL")
	errBody        = fault.New(fault.Invalid, "PGRST102", "Empty or invalid json")
	errKeys        = fault.New(fault.Invalid, "PGRST102", "All object keys must match")
	errCSV         = fault.New(fault.Invalid, "PGRST102", "All lines must have same number of fields")
	errPutBounds   = fault.New(fault.Invalid, "PGRST114", "limit/offset querystring parameters are not allowed for PUT")
	errPutPayload  = fault.New(fault.Invalid, "PGRST115", "Payload values do not match URL in primary key column(s)")
	errPutFilters  = fault.New(fault.Invalid, "PGRST105", "Filters must include all and only primary key columns with 'eq' operators")
	errAffectedFn  = fault.New(fault.Invalid, "PGRST128", "Function must return SETOF or TABLE when max-affected preference is used with handling=strict")
	errGucStatus   = fault.New(fault.Internal, "PGRST112", "response.status guc must be a valid status code")
	errGucHeaders  = fault.New(fault.Internal, "PGRST111", "response.headers guc must be a JSON array composed of objects with a single key and a string value")
	errAnswerSize  = fault.New(fault.TooLarge, "PLR010", "The answer is too large").WithHint("Ask for fewer rows with limit, or for fewer columns with select.")
	errBodySize    = fault.New(fault.TooLarge, "PLR011", "The request body is too large").WithHint("Send the rows in several requests.")
	errBodySlow    = slow(fault.New(fault.Timeout, "PLR012", "The request body did not arrive in time").WithHint("Send less at once, or send it again on a better line."))
	errRows        = fault.New(fault.TooLarge, "PLR008", "The body has too many rows").WithDetail("A request writes at most 100000 rows.").WithHint("Send the rows in several requests.")
	errRuns        = fault.New(fault.TooLarge, "PLR009", "The rows differ too often").WithDetail("Rows are written in runs of those with the same members, at most 1000 runs a request; a row without members is a run.").WithHint("Put rows with the same members beside each other, or send them in several requests.")
	errNoKeys      = fault.New(fault.Invalid, "PLR024", "Idempotency-Key is not available").WithHint("The database lacks the table plinth.idempotency, which the server makes when it starts.")
	errItemBinary  = fault.New(fault.Invalid, "PLR035", "The item's answer is not text").WithHint("Send this request by itself.")
	errPlanSteps   = fault.New(fault.Invalid, "PGRST127", "Feature not implemented").WithDetail("The plan of a write in none or several statements.").WithHint("Send one row, or rows with the same members.")
	errVolatile    = fault.SQL("25006", "cannot execute a volatile function by GET in a batch that writes").WithHint("Call it by POST.")
	errRangeBounds = rangeFault("The lower boundary must be lower than or equal to the upper boundary in the Range header.")
	errRangeLimit  = rangeFault("Limit should be greater than or equal to zero.")
	errAway        = fault.New(fault.Unavailable, "PGRST000", "Database connection error. Retrying the connection.").WithHint("The same request may work in a moment.")
	errBusy        = fault.New(fault.Unavailable, "PGRST003", "Timed out acquiring connection from connection pool.").WithHint("The same request may work in a moment.")
	errAudience    = fault.New(fault.Unauthenticated, "PGRST303", "JWT not in audience")
	errNulEscape   = fault.SQL("22P05", "unsupported Unicode escape sequence").WithDetail(`\u0000 cannot be converted to text.`)
	errUTF8        = fault.SQL("22021", `invalid byte sequence for encoding "UTF8"`)
)

func slow(f *fault.Error) *fault.Error {
	f.Status = http.StatusRequestTimeout
	return f
}

func rangeFault(detail string) *fault.Error {
	return fault.New(fault.Invalid, "PGRST103", "Requested range not satisfiable").WithDetail(detail)
}

func errOffset(offset, total int64) *fault.Error {
	return rangeFault(fmt.Sprintf("An offset of %d was requested, but there are only %d rows.", offset, total))
}

func errMethod(m string) error {
	return fault.New(fault.Invalid, "PGRST117", "Unsupported HTTP method: "+m)
}

func errRPCMethod(m string) error {
	return fault.New(fault.Invalid, "PGRST101", "Cannot use the "+m+" method on RPC")
}

func errSchema(name string, known []string) error {
	return fault.New(fault.Invalid, "PGRST106", "Invalid schema: "+name).
		WithHint("Only the following schemas are exposed: " + strings.Join(known, ", "))
}

func errMedia(asked []string) error {
	return fault.New(fault.Invalid, "PGRST107", "None of these media types are available: "+strings.Join(asked, ", "))
}

func errContentType(t string) error {
	return fault.New(fault.Invalid, "PGRST102", "Content-Type not acceptable: "+t)
}

func errPrefer(bad []string) error {
	return fault.New(fault.Invalid, "PGRST122", "Invalid preferences given with handling=strict").
		WithDetail("Invalid preferences: " + strings.Join(bad, ", "))
}

func errSingular(n int64) error {
	return fault.New(fault.Invalid, "PGRST116", "Cannot coerce the result to a single JSON object").
		WithDetail(fmt.Sprintf("The result contains %d rows", n))
}

func errAffected(n int64) error {
	return fault.New(fault.Invalid, "PGRST124", "Query result exceeds max-affected preference constraint").
		WithDetail(fmt.Sprintf("The query affects %d rows", n))
}

func errItemHeader(name string) error {
	return fault.New(fault.Invalid, "PLR030", "The batch is not valid").
		WithDetail("An item may not set the header " + name + ".").
		WithHint("Items may set Prefer, Accept, Accept-Profile, Content-Profile and Range.")
}
