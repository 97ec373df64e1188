package differential_test

import (
	"context"
	"slices"
	"strings"
)

// shrink drops commands, statements of the schema and lines of these, as long as the
// same kind of difference stays.
func shrink(ctx context.Context, b *bench, s *script, d *difference) (*script, *difference) {
	best, budget := s, 400
	try := func(c *script) bool {
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
		for i := len(best.steps) - 1; i >= 0; i-- {
			c := *best
			c.steps = slices.Delete(slices.Clone(best.steps), i, i+1)
			again = try(&c) || again
		}
		for i := len(best.schema) - 1; i >= 0; i-- {
			c := *best
			c.schema = slices.Delete(slices.Clone(best.schema), i, i+1)
			again = try(&c) || again
		}
		for i := len(best.schema) - 1; i >= 0; i-- {
			again = shrinkLines(&best, i, try) || again
		}
	}
	return best, d
}

// shrinkLines drops inner lines of one statement: columns, or rows of an insert.
func shrinkLines(best **script, at int, try func(*script) bool) bool {
	any := false
	for line := len(strings.Split((*best).schema[at], "\n")) - 2; line > 0; line-- {
		lines := strings.Split((*best).schema[at], "\n")
		if line >= len(lines)-1 {
			continue
		}
		lines = slices.Delete(lines, line, line+1)
		if n := len(lines) - 2; n > 0 {
			lines[n] = strings.TrimSuffix(lines[n], ",")
		}
		c := **best
		c.schema = slices.Clone((*best).schema)
		c.schema[at] = strings.Join(lines, "\n")
		any = try(&c) || any
	}
	return any
}
