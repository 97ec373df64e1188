package label

import "github.com/plinth-dev/plinth/internal/value"

// Near is the column whose name is most like name, "" where none is.
func Near(cols []value.Field, name string) string {
	best, dist := "", 4
	for _, f := range cols {
		if d := Distance(f.Name, name, dist); d < dist && d <= len(name)/2 {
			best, dist = f.Name, d
		}
	}
	return best
}
