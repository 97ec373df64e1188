package lite

// cache keeps a connection's statements. Only idle ones are in its list, so one in
// use is never evicted. The list is intrusive: taking and giving back allocate
// nothing.
type cache struct {
	limit int
	idle  map[string]*Stmt
	head  Stmt // sentinel: next is the most, prev the least recently used
	busy  Stmt // sentinel of the statements in use
}

func (k *cache) init(limit int) {
	if limit <= 0 {
		limit = 256
	}
	k.limit = limit
	k.idle = make(map[string]*Stmt)
	k.head.next, k.head.prev = &k.head, &k.head
	k.busy.next, k.busy.prev = &k.busy, &k.busy
}

func (s *Stmt) unlink() {
	s.prev.next, s.next.prev = s.next, s.prev
}

func (s *Stmt) linkAfter(at *Stmt) {
	s.prev, s.next = at, at.next
	at.next.prev = s
	at.next = s
}

// take returns an idle statement of this text, or nil.
func (k *cache) take(sql string) *Stmt {
	s := k.idle[sql]
	if s == nil {
		return nil
	}
	delete(k.idle, sql)
	s.unlink()
	return s
}

// use enters a statement among those in use.
func (k *cache) use(s *Stmt) {
	s.busy = true
	s.linkAfter(&k.busy)
}

// give puts a reset statement back and evicts the oldest above the limit.
func (k *cache) give(s *Stmt) {
	s.busy = false
	s.unlink()
	if k.idle[s.sql] != nil { // the same text was in use twice
		s.finalize()
		return
	}
	k.idle[s.sql] = s
	s.linkAfter(&k.head)
	if len(k.idle) > k.limit {
		old := k.head.prev
		delete(k.idle, old.sql)
		old.unlink()
		old.finalize()
	}
}

func (k *cache) drop(s *Stmt) {
	s.busy = false
	s.unlink()
	s.finalize()
}

func (k *cache) close() {
	for k.busy.next != &k.busy {
		k.drop(k.busy.next)
	}
	for _, s := range k.idle {
		s.finalize()
	}
	clear(k.idle)
	k.head.next, k.head.prev = &k.head, &k.head
}

// ReleaseAll gives back every statement in use and returns how many there were.
func (c *Conn) ReleaseAll() int {
	n := 0
	for c.cache.busy.next != &c.cache.busy {
		c.cache.busy.next.Release()
		n++
	}
	return n
}

// Cached returns the texts of the idle statements, for tests and diagnosis.
func (c *Conn) Cached() []string {
	var out []string
	for s := c.cache.head.next; s != &c.cache.head; s = s.next {
		out = append(out, s.sql)
	}
	return out
}
