package query

import "strings"

// selectList reads items up to a closing parenthesis or the end.
func (s *scanner) selectList() ([]*Item, *bad) {
	items := []*Item{}
	s.spaces()
	if s.eof() || s.peek() == ')' {
		return items, nil
	}
	if s.depth++; s.depth > MaxDepth+1 {
		return nil, &bad{pos: s.pos, deep: true}
	}
	for {
		s.spaces()
		it, err := s.item()
		if err != nil {
			return nil, err
		}
		s.nodes++
		items = append(items, it)
		s.spaces()
		if !s.take(",") {
			s.depth--
			return items, nil
		}
	}
}

// item reads one item: spread, embed, star, count() or field.
func (s *scanner) item() (*Item, *bad) {
	if s.take("...") {
		it, err := s.embed(&Item{Kind: Spread})
		if err == nil && it == nil {
			err = s.fail("\"(\"")
		}
		return it, err
	}
	if s.peek() == '*' {
		s.pos++
		return &Item{Kind: Star}, s.itemEnd()
	}
	it := &Item{}
	alias, err := s.alias()
	if err != nil {
		return nil, err
	}
	it.Alias = alias
	if s.take("count()") {
		it.Kind = Count
		it.AggCast, err = s.cast()
		if err == nil {
			err = s.itemEnd()
		}
		return it, err
	}
	if s.take("cursor()") {
		it.Kind = Cursor
		return it, s.itemEnd()
	}
	start := s.pos
	if em, err := s.embed(it); em != nil || err != nil {
		return em, err
	}
	s.pos = start
	return it, s.column(it)
}

// alias reads "name:" (but not "name::cast").
func (s *scanner) alias() (string, *bad) {
	start := s.pos
	name, err := s.name()
	if err == nil && s.peek() == ':' && !s.has("::") {
		s.pos++
		s.spaces()
		return name, nil
	}
	s.pos = start
	if err != nil && s.peek() == '"' {
		return "", err
	}
	return "", nil
}

// embed reads name!hint!inner(…) into it; nil without an error where it is none.
func (s *scanner) embed(it *Item) (*Item, *bad) {
	name, err := s.name()
	if err != nil {
		return nil, err
	}
	var hints []string
	for s.take("!") {
		h, err := s.name()
		if err != nil {
			return nil, err
		}
		hints = append(hints, h)
	}
	s.spaces()
	if s.peek() != '(' {
		if len(hints) > 0 {
			return nil, s.fail("\"(\"")
		}
		return nil, nil
	}
	if len(hints) > 2 {
		return nil, s.fail("\"(\"")
	}
	s.pos++
	if it.Kind != Spread {
		it.Kind = Embed
	}
	it.Name = name
	for _, h := range hints {
		if h == "inner" || h == "left" {
			it.Join = h
		} else {
			it.Hint = h
		}
	}
	if it.Kids, err = s.selectList(); err != nil {
		return nil, err
	}
	if !s.symbol(")") {
		return nil, s.fail("\",\" or \")\"")
	}
	return it, nil
}

// column reads field[::cast][.agg()[::cast]].
func (s *scanner) column(it *Item) *bad {
	f, err := s.field()
	if err != nil {
		return err
	}
	it.Field = f
	if it.Cast, err = s.cast(); err != nil {
		return err
	}
	if s.peek() == '.' {
		if err := s.aggregate(it); err != nil {
			return err
		}
	}
	return s.itemEnd()
}

var aggregates = []string{"sum", "avg", "count", "max", "min"}

func (s *scanner) aggregate(it *Item) *bad {
	for _, a := range aggregates {
		if s.take("." + a + "()") {
			it.Agg = a
			cast, err := s.cast()
			it.AggCast = cast
			return err
		}
	}
	return s.fail("aggregate (sum, avg, count, max, min)")
}

// cast reads "::type"; "" where there is none.
func (s *scanner) cast() (string, *bad) {
	if !s.take("::") {
		return "", nil
	}
	start := s.pos
	for !s.eof() && (identRune(rune(s.peek())) || s.peek() == '[' || s.peek() == ']' || s.peek() >= 0x80) {
		s.pos++
	}
	t := strings.TrimSpace(s.in[start:s.pos])
	if t == "" {
		return "", s.fail("a type")
	}
	return t, nil
}

// itemEnd checks that an item is followed by , or ) or nothing.
func (s *scanner) itemEnd() *bad {
	s.spaces()
	if s.eof() || s.peek() == ',' || s.peek() == ')' {
		return nil
	}
	return s.fail("\",\", \")\" or end of input")
}

// names reads a list of column names.
func (s *scanner) names() ([]string, *bad) {
	out := []string{}
	for {
		s.spaces()
		n, err := s.name()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
		s.spaces()
		if s.eof() {
			return out, nil
		}
		if !s.take(",") {
			return nil, s.fail("\",\" or end of input")
		}
	}
}
