package differential_test

import (
	"context"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// shrink drops commands, statements of the schema and lines of these, as long as the
// same kind of difference stays.
func shrink(ctx context.Context, b *bench, s *cases.Script, d *difference) (*cases.Script, *difference) {
	best, budget := s, 400
	try := func(c *cases.Script) bool {
		if budget--; budget < 0 {
			return false
		}
		nd, err := b.compare(ctx, c)
		if err != nil || nd == nil || nd.signature != d.signature {
			return false
		}
		best, d = c, nd
		return true
	}
	for again := true; again && budget > 0; {
		again = false
		for i := len(best.Steps) - 1; i >= 0; i-- {
			c := *best
			c.Steps = slices.Delete(slices.Clone(best.Steps), i, i+1)
			again = try(&c) || again
		}
		for i := len(best.Schema) - 1; i >= 0; i-- {
			c := *best
			c.Schema = slices.Delete(slices.Clone(best.Schema), i, i+1)
			again = try(&c) || again
		}
		for i := len(best.Schema) - 1; i >= 0; i-- {
			again = shrinkLines(&best, i, try) || again
		}
	}
	return best, d
}

// shrinkLines drops inner lines of one statement: columns, or rows of an insert.
func shrinkLines(best **cases.Script, at int, try func(*cases.Script) bool) bool {
	any := false
	for line := len(strings.Split((*best).Schema[at], "\n")) - 2; line > 0; line-- {
		lines := strings.Split((*best).Schema[at], "\n")
		if line >= len(lines)-1 {
			continue
		}
		lines = slices.Delete(lines, line, line+1)
		if n := len(lines) - 2; n > 0 {
			lines[n] = strings.TrimSuffix(lines[n], ",")
		}
		c := **best
		c.Schema = slices.Clone((*best).Schema)
		c.Schema[at] = strings.Join(lines, "\n")
		any = try(&c) || any
	}
	return any
}
