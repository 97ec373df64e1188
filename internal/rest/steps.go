package rest

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// steps plans the statements.
func (s *Service) steps(m *mutation, buf *buffer) error {
	switch m.verb {
	case sqlgen.Delete:
		return s.step(m, buf, sqlgen.Write{Verb: m.verb}, nil)
	case sqlgen.Update:
		return s.updateStep(m, buf)
	case sqlgen.Put:
		if err := m.checkPut(); err != nil {
			return err
		}
	}
	if m.cols == nil && (m.body.uneven || m.body.bad) {
		return errKeys
	}
	if m.prefer.missing == "default" && m.cols != nil {
		return s.runs(m, buf)
	}
	cols := m.cols
	if cols == nil {
		cols = m.body.keys
	}
	if len(cols) == 0 {
		for i := range m.body.rows {
			if err := s.insertStep(m, buf, nil, m.body.slice(i, i+1)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(m.body.rows) == 0 {
		return unknownColumn(m.table, cols)
	}
	return s.insertStep(m, buf, cols, m.body)
}

func unknownColumn(t *catalog.Table, cols []string) error {
	for _, c := range cols {
		if t.Column(c) < 0 {
			return fault.Newf(fault.Invalid, "PGRST204", "Could not find the '%s' column of '%s' in the schema cache", c, t.Name)
		}
	}
	return nil
}

// runs makes a statement for every run of rows that lack the same columns: those get
// their defaults.
func (s *Service) runs(m *mutation, buf *buffer) error {
	if m.body.bad {
		return errBody
	}
	if err := unknownColumn(m.table, m.cols); err != nil {
		return err
	}
	start, have := 0, m.present(0)
	for i := 1; i <= len(m.body.rows); i++ {
		var next []string
		if i < len(m.body.rows) {
			if next = m.present(i); slices.Equal(next, have) && len(have) > 0 {
				continue
			}
		}
		if err := s.insertStep(m, buf, have, m.body.slice(start, i)); err != nil {
			return err
		}
		start, have = i, next
	}
	return nil
}

// present lists those of ?columns= that row i has.
func (m *mutation) present(i int) []string {
	m.body.at(i)
	out := []string{}
	for _, c := range m.cols {
		if _, ok := m.body.members[c]; ok {
			out = append(out, c)
		}
	}
	return out
}

func (s *Service) insertStep(m *mutation, buf *buffer, cols []string, rows *body) error {
	w := sqlgen.Write{Verb: m.verb, Cols: cols, One: len(rows.rows) == 1}
	switch {
	case m.verb == sqlgen.Put || m.prefer.resolution == "merge-duplicates":
		w.Resolution = "merge"
	case m.prefer.resolution == "ignore-duplicates":
		w.Resolution = "ignore"
	}
	return s.step(m, buf, w, rows)
}

// updateStep plans a PATCH with the body's first row; without members there is
// nothing to do.
func (s *Service) updateStep(m *mutation, buf *buffer) error {
	if len(m.body.rows) == 0 {
		return nil
	}
	w := sqlgen.Write{Verb: m.verb, Cols: m.cols}
	if m.cols == nil {
		if m.body.uneven || m.body.bad {
			return errKeys
		}
		w.Cols = m.body.keys
	} else if m.prefer.missing == "default" {
		w.Cols = m.present(0)
		for _, c := range m.cols {
			if !slices.Contains(w.Cols, c) {
				w.Defaults = append(w.Defaults, c)
			}
		}
		if err := unknownColumn(m.table, w.Defaults); err != nil {
			return err
		}
	}
	if len(w.Cols)+len(w.Defaults) == 0 {
		return nil
	}
	return s.step(m, buf, w, m.body.slice(0, 1))
}

// checkPut checks that a PUT names its row by the primary key alone.
func (m *mutation) checkPut() error {
	pk := m.st.schema.PrimaryKey(m.table)
	seen := 0
	for i := range m.params {
		p := &m.params[i]
		switch p.Kind {
		case query.KindLimit, query.KindOffset:
			return errPutBounds
		case query.KindFilter:
			if !slices.Contains(pk, p.Key) || !strings.HasPrefix(p.Value, "eq.") {
				return errPutFilters
			}
			seen++
		case query.KindLogic:
			return errPutFilters
		}
	}
	if seen != len(pk) || seen == 0 {
		return errPutFilters
	}
	return nil
}

// step plans one statement.
func (s *Service) step(m *mutation, buf *buffer, w sqlgen.Write, rows *body) error {
	if len(m.steps) == maxRuns {
		return errRuns
	}
	w.Return = m.ret
	buf.key = m.key(buf.key, 'w', w.One)
	buf.key = append(buf.key, byte('0'+w.Verb), byte('0'+w.Return))
	buf.key = append(append(buf.key, w.Resolution...), 0)
	for _, c := range w.Cols {
		buf.key = append(append(buf.key, c...), 1)
	}
	for _, c := range w.Defaults {
		buf.key = append(append(buf.key, c...), 2)
	}
	buf.key = query.AppendShape(append(buf.key, 0), m.params)
	plan, err := m.st.plan(buf.key, m.params, func(req *query.Request) (*sqlgen.Plan, error) {
		return s.compiler(m.st, m.media).Mutate(m.table, req, w)
	})
	if err != nil {
		return err
	}
	m.steps = append(m.steps, step{plan, binding{params: m.params, win: m.win, maxRows: s.cfg.MaxRows, body: rows}})
	return nil
}
