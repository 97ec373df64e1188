package query

// logicTree reads [not.](and|or)(…).
func (s *scanner) logicTree() (*Cond, *bad) {
	c := &Cond{Not: s.take("not.")}
	switch {
	case s.take("and"):
	case s.take("or"):
		c.Or = true
	default:
		return nil, s.fail("logic operator (and, or)")
	}
	s.spaces()
	if !s.symbol("(") {
		return nil, s.fail("\"(\"")
	}
	if s.depth++; s.depth > MaxDepth {
		return nil, &bad{pos: s.pos, deep: true}
	}
	for {
		kid, err := s.logicNode()
		if err != nil {
			return nil, err
		}
		c.Kids = append(c.Kids, kid)
		s.spaces()
		if s.symbol(",") {
			continue
		}
		if s.symbol(")") {
			s.depth--
			return c, nil
		}
		return nil, s.fail("\",\" or \")\"")
	}
}

// logicNode reads field.filter or a nested tree.
func (s *scanner) logicNode() (*Cond, *bad) {
	s.nodes++
	start := s.pos
	c, err := s.logicLeaf()
	if err == nil {
		return c, nil
	}
	leafErr := err
	s.pos = start
	if c, err = s.logicTree(); err == nil {
		return c, nil
	}
	switch {
	case err.deep:
	case leafErr.pos > err.pos:
		err = leafErr
	case leafErr.pos == start && err.pos == start:
		err.expect = leafErr.expect + ", negation operator (not) or logic operator (and, or)"
	}
	return nil, err
}

func (s *scanner) logicLeaf() (*Cond, *bad) {
	f, err := s.field()
	if err != nil {
		return nil, err
	}
	if !s.take(".") {
		return nil, s.fail("\".\"")
	}
	flt, err := s.filter(-1, true)
	if err != nil {
		return nil, err
	}
	return &Cond{Field: f, Filter: flt}, nil
}
