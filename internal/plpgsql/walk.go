package plpgsql

// Walk visits the statements of b, b itself first, parents before children. It does
// not go below a statement for which f returns false.
func Walk(b *Block, f func(Stmt) bool) { walk(b, f) }

func walk(s Stmt, f func(Stmt) bool) {
	if !f(s) {
		return
	}
	switch s := s.(type) {
	case *Block:
		walkAll(s.Body, f)
		for i := range s.Handlers {
			walkAll(s.Handlers[i].Body, f)
		}
	case *If:
		for i := range s.Arms {
			walkAll(s.Arms[i].Body, f)
		}
		walkAll(s.Else, f)
	case *Case:
		for i := range s.Whens {
			walkAll(s.Whens[i].Body, f)
		}
		walkAll(s.Else, f)
	case *Loop:
		walkAll(s.Body, f)
	case *While:
		walkAll(s.Body, f)
	case *ForInt:
		walkAll(s.Body, f)
	case *ForQuery:
		walkAll(s.Body, f)
	case *Foreach:
		walkAll(s.Body, f)
	}
}

func walkAll(list []Stmt, f func(Stmt) bool) {
	for _, s := range list {
		walk(s, f)
	}
}
