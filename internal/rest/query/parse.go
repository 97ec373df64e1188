package query

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Parse builds the tree of a query string. Values that the shape leaves open keep
// the index of their Param.
func Parse(ps []Param) (*Request, error) {
	r := &Request{}
	for i := range ps {
		if err := r.param(&ps[i], i); err != nil {
			return nil, err
		}
	}
	if r.Nodes > MaxFilters {
		return nil, errFilters
	}
	terms := 0
	for _, o := range r.Order {
		terms += len(o.Terms)
	}
	if terms > MaxTerms {
		return nil, errTerms
	}
	return r, nil
}

func (r *Request) param(p *Param, i int) *fault.Error {
	s := scanner{in: p.Value}
	switch p.Kind {
	case KindSelect:
		return r.selectParam(p)
	case KindColumns:
		cols, err := s.names()
		if err != nil {
			return syntax("columns parameter", p.Value, p.Value, err)
		}
		r.Columns = cols
	case KindOnConflict:
		cols, err := s.names()
		if err != nil && p.Value != "" {
			return syntax("on_conflict parameter", p.Value, p.Value, err)
		}
		r.OnConflict = cols
	case KindOrder:
		return r.orderParam(p)
	case KindLimit, KindOffset:
		return r.boundParam(p, i)
	case KindLogic:
		return r.logicParam(p)
	case KindArg:
		r.Args = append(r.Args, Arg{Name: p.Key, Val: Val{Text: p.Value, Param: i}})
	case KindFilter:
		return r.filterParam(p, i)
	}
	return nil
}

func (r *Request) selectParam(p *Param) *fault.Error {
	s := scanner{in: p.Value}
	items, err := s.selectList()
	if err != nil {
		if err.deep {
			return errDepth
		}
		return syntax("select parameter", p.Value, p.Value, err)
	}
	if s.nodes > MaxItems {
		return errItems
	}
	if embeds(items) > MaxEmbeds {
		return errEmbeds
	}
	if len(items) > 0 { // select= asks for what no select at all does
		r.Select = items
	}
	return nil
}

// embeds counts the resources that items embed, at every level.
func embeds(items []*Item) int {
	n := 0
	for _, it := range items {
		if it.Kind == Embed || it.Kind == Spread {
			n += 1 + embeds(it.Kids)
		}
	}
	return n
}

// scope parses the path before the last n segments of a key such as "a.b.order".
func scope(key, last string) ([]string, *fault.Error) {
	prefix := strings.TrimSuffix(strings.TrimSuffix(key, last), ".")
	if prefix == "" {
		return nil, nil
	}
	s := scanner{in: prefix}
	path, _, err := s.treePath()
	if err != nil {
		return nil, syntax("tree path", prefix, prefix, err)
	}
	return path, nil
}

// treePath reads a.b.c and returns all of it, and the json path behind c.
func (s *scanner) treePath() ([]string, []Step, *bad) {
	var path []string
	for {
		f, err := s.field()
		if err != nil {
			return nil, nil, err
		}
		path = append(path, f.Name)
		if s.eof() {
			return path, f.Path, nil
		}
		if len(f.Path) > 0 || !s.take(".") {
			return nil, nil, s.fail("\".\", \"->\" or end of input")
		}
	}
}

func (r *Request) orderParam(p *Param) *fault.Error {
	path, ferr := scope(p.Key, "order")
	if ferr != nil || p.Value == "" {
		return ferr
	}
	s := scanner{in: p.Value}
	terms, err := s.orderTerms()
	if err != nil {
		return syntax("order", p.Value, p.Value, err)
	}
	r.Order = append(r.Order, ScopedOrder{Path: path, Terms: terms})
	return nil
}

func (r *Request) boundParam(p *Param, i int) *fault.Error {
	last := "limit"
	if p.Kind == KindOffset {
		last = "offset"
	}
	path, ferr := scope(p.Key, last)
	if ferr != nil {
		return ferr
	}
	b := ScopedBound{Path: path}
	v := &Val{Text: p.Value, Param: i}
	if p.Kind == KindOffset {
		b.Offset = v
	} else {
		b.Limit = v
	}
	r.Bounds = append(r.Bounds, b)
	return nil
}

func (r *Request) logicParam(p *Param) *fault.Error {
	key := p.Key
	op := key[strings.LastIndexByte(key, '.')+1:]
	prefix := strings.TrimSuffix(strings.TrimSuffix(key, op), ".")
	if prefix == "not" || strings.HasSuffix(prefix, ".not") {
		prefix = strings.TrimSuffix(strings.TrimSuffix(prefix, "not"), ".")
		op = "not." + op
	}
	path, ferr := scope(prefix, "")
	if ferr != nil {
		return ferr
	}
	s := scanner{in: op + p.Value}
	c, err := s.logicTree()
	if err != nil {
		if err.deep {
			return errDepth
		}
		return syntax("logic tree", p.Value, s.in, err)
	}
	r.Nodes += s.nodes
	r.Where = append(r.Where, Scoped{Path: path, Cond: c})
	return nil
}

func (r *Request) filterParam(p *Param, i int) *fault.Error {
	ks := scanner{in: p.Key}
	path, steps, err := ks.treePath()
	if err != nil {
		return syntax("tree path", p.Key, p.Key, err)
	}
	s := scanner{in: p.Value}
	f, err := s.filter(i, false)
	if err == nil && !s.eof() {
		err = s.fail("end of input")
	}
	if err != nil {
		return syntax("filter", p.Value, p.Value, err)
	}
	n := len(path) - 1
	r.Nodes++
	c := &Cond{Field: Field{Name: path[n], Path: steps}, Filter: f}
	r.Where = append(r.Where, Scoped{Path: path[:n:n], Cond: c})
	return nil
}
