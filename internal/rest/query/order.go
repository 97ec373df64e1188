package query

// orderTerms reads an order list.
func (s *scanner) orderTerms() ([]Term, *bad) {
	var out []Term
	for {
		s.spaces()
		t, err := s.orderTerm()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		s.spaces()
		if s.eof() {
			return out, nil
		}
		if !s.take(",") {
			return nil, s.fail("\",\" or end of input")
		}
	}
}

func (s *scanner) orderTerm() (Term, *bad) {
	var t Term
	f, err := s.field()
	if err != nil {
		return t, err
	}
	if len(f.Path) == 0 && s.symbol("(") {
		t.Rel = f.Name
		if f, err = s.field(); err != nil {
			return t, err
		}
		if !s.symbol(")") {
			return t, s.fail("\")\"")
		}
	}
	t.Field = f
	if s.take(".desc") {
		t.Desc = true
	} else {
		s.take(".asc")
	}
	if s.take(".nullsfirst") {
		t.Nulls = "first"
	} else if s.take(".nullslast") {
		t.Nulls = "last"
	}
	s.spaces()
	switch {
	case s.eof() || s.peek() == ',':
		return t, nil
	case t.Nulls != "":
		return t, s.fail("\",\" or end of input")
	}
	return t, s.fail("\"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"")
}
