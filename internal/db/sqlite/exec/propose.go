package exec

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// with sets the row of rel while f runs. Expressions of the relation see it.
func (r *run) withRow(rel *bind.Rel, row []value.Value, f func() error) error {
	old, had := r.rows[rel]
	r.rows[rel] = row
	err := f()
	if had {
		r.rows[rel] = old
	} else {
		delete(r.rows, rel)
	}
	return err
}

// defaultOf computes the default of a column.
func (r *run) defaultOf(rel *relation, i int) (value.Value, error) {
	c := rel.table.Columns[i]
	switch {
	case c.Sequence != nil && (c.Identity != "" || rel.defaults[i] == nil):
		n, err := r.a.NextVal(c.Sequence)
		return value.Int(n), err
	case rel.defaults[i] != nil:
		return rel.defaults[i](r.ec)
	}
	return value.Value{}, nil
}

// generate computes the generated columns of a row, in place.
func (r *run) generate(rel *relation, row []value.Value) error {
	return r.withRow(rel.row, row, func() error {
		for i, x := range rel.generated {
			if x == nil {
				continue
			}
			v, err := x(r.ec)
			if err != nil {
				return err
			}
			row[i] = v
		}
		return nil
	})
}

// constrain checks domains, NOT NULL and CHECK of a proposed row.
func (r *run) constrain(rel *relation, row []value.Value) error {
	for i, d := range rel.domains {
		if err := r.domain(d, row[i]); err != nil {
			return err
		}
	}
	for i, need := range rel.notNull {
		if need && row[i].IsNull() {
			f := fault.SQL("23502", "null value in column \"%s\" of relation \"%s\" violates not-null constraint", rel.cols[i].Name, rel.table.Name)
			f.Schema, f.Table, f.Column = rel.table.Schema, rel.table.Name, rel.cols[i].Name
			f.Detail = r.failing(rel, row)
			return f
		}
	}
	if len(rel.checks) == 0 {
		return nil
	}
	return r.withRow(rel.row, row, func() error {
		for _, c := range rel.checks {
			v, err := c.x(r.ec)
			if err != nil {
				return err
			}
			if v.IsNull() || v.True() {
				continue
			}
			f := fault.SQL("23514", "new row for relation \"%s\" violates check constraint \"%s\"", rel.table.Name, c.name)
			f.Schema, f.Table, f.Constraint = rel.table.Schema, rel.table.Name, c.name
			f.Detail = r.failing(rel, row)
			return f
		}
		return nil
	})
}

func (r *run) domain(d *domain, v value.Value) error {
	if d == nil {
		return nil
	}
	if err := r.domain(d.base, v); err != nil {
		return err
	}
	if d.notNull && v.IsNull() {
		return fault.SQL("23502", "domain %s does not allow null values", d.name)
	}
	return r.withRow(d.val, []value.Value{v}, func() error {
		for _, c := range d.checks {
			ok, err := c.x(r.ec)
			if err != nil {
				return err
			}
			if !ok.IsNull() && !ok.True() {
				f := fault.SQL("23514", "value for domain %s violates check constraint \"%s\"", d.name, c.name)
				f.Constraint = c.name
				return f
			}
		}
		return nil
	})
}

// seesAll reports whether no policy stands between the actor and the table: only
// then may an error show a row's values.
func (r *run) seesAll(t *catalog.Table) bool {
	return policy.Bypasses(r.a.Tx.Catalog, r.a.Role, t)
}

// failing is "Failing row contains (…)." with values cut as Postgres cuts them.
func (r *run) failing(rel *relation, row []value.Value) string {
	if !r.seesAll(rel.table) {
		return ""
	}
	all := r.a.Tx.Catalog.HasPrivilege(r.a.Role, rel.table, "select", "")
	var names, parts []string
	for i, v := range row {
		if !all && !r.shows(rel, i) {
			continue
		}
		text := "null"
		if !v.IsNull() {
			text = cut(value.TextOf(rel.cols[i].Type, v, nil))
		}
		names, parts = append(names, rel.cols[i].Name), append(parts, text)
	}
	switch {
	case len(parts) == 0:
		return ""
	case all:
		return "Failing row contains (" + strings.Join(parts, ", ") + ")."
	}
	return "Failing row contains (" + strings.Join(names, ", ") + ") = (" + strings.Join(parts, ", ") + ")."
}

// shows reports whether somebody who may not select the whole table may see a column
// of a failing row: one that he may select, or that his statement gives.
func (r *run) shows(rel *relation, i int) bool {
	return slices.Contains(r.set, i) && rel.generated[i] == nil || slices.Contains(r.given, i) ||
		r.a.Tx.Catalog.HasPrivilege(r.a.Role, rel.table, "select", rel.cols[i].Name)
}

// cut shortens a value to 64 bytes, at a character's boundary.
func cut(s string) string {
	if len(s) <= 64 {
		return s
	}
	n := 64
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}
