package bus

// Reprint reads a frame and writes it again.
func Reprint(b []byte) ([]byte, bool) {
	f, err := parse(b)
	if err != nil {
		return nil, false
	}
	switch f.kind {
	case data, part:
		return appendData(nil, f.node, f.kind, f), true
	case beat:
		return appendBeat(nil, f.node, f.heads), true
	case many:
		var list [][]byte
		f.each(func(m frame) { list = append(list, appendData(nil, m.node, m.kind, m)) })
		return appendMany(nil, f.node, list), true
	case bye:
		return appendBye(nil, f.node), true
	}
	return appendAbout(nil, f.node, f.kind, f), true
}

// SetAway keeps everything from and to a node of a Hub from arriving.
func SetAway(link Link, away bool) {
	l := link.(*hubLink)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = away
}
