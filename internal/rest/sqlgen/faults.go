package sqlgen

import (
	"github.com/plinth-dev/plinth/internal/fault"
)

var (
	errAsked = fault.New(fault.Invalid, "PLR005", "The query has too many embeds that decide which rows there are").
			WithDetail("At most 10 embeds may be inner, or be filtered by is.null or not.is.null.").
			WithHint("Ask in several requests, or make a view.")
	errAggregates = fault.New(fault.Invalid, "PGRST123", "Use of aggregate functions is not allowed")
	errSpreadAgg  = fault.New(fault.Invalid, "PGRST127", "Feature not implemented").
			WithDetail("Aggregates are not implemented for one-to-many or many-to-many spreads.")
)

func errColumn(n *node, name string) error {
	return fault.SQL("42703", "column %s.%s does not exist", n.name, name)
}

func errEmbedFilter(name string) error {
	return fault.Newf(fault.Invalid, "PGRST120", "Bad operator on the '%s' embedded resource", name).
		WithDetail("Only is null or not is null filters are allowed on embedded resources")
}

func errRelatedOrder(from, rel string) error {
	return fault.Newf(fault.Invalid, "PGRST118", "A related order on '%s' is not possible", rel).
		WithDetail("'" + from + "' and '" + rel + "' do not form a many-to-one or one-to-one relationship")
}

// errEveryRow is what the library safeupdate says, which Supabase loads for the API.
func errEveryRow(v Verb) error {
	word := "UPDATE"
	if v == Delete {
		word = "DELETE"
	}
	f := fault.SQL("21000", "%s requires a WHERE clause", word)
	f.Status = 400
	return f
}
