package phoenix

// Heartbeat appends the answer to msg where it is a heartbeat that wants one; else it
// returns nil. A server of many phones reads little else, so the forms that clients send
// are read without package json, and nothing is allocated where dst has room. Whatever
// else means a heartbeat is left to Parse.
func (v Version) Heartbeat(dst, msg []byte) []byte {
	s := scanner{b: msg}
	if v == V1 {
		return s.object(dst)
	}
	return s.array(dst)
}

// scanner reads a message from its start.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) cut(part string) bool {
	if len(s.b)-s.i < len(part) || string(s.b[s.i:s.i+len(part)]) != part {
		return false
	}
	s.i += len(part)
	return true
}

// mark takes a comma or a colon, and the blank that some clients write after it.
func (s *scanner) mark(c string) bool {
	ok := s.cut(c)
	s.cut(" ")
	return ok
}

// ref takes null, a small number, or a string of letters, digits, "-" and "_".
func (s *scanner) ref() (ref []byte, ok bool) {
	from := s.i
	if s.cut("null") {
		return s.b[from:s.i], true
	}
	quoted := s.cut(`"`)
	first := s.i
	for s.i < len(s.b) && (digit(s.b[s.i]) || quoted && plain(s.b[s.i])) {
		s.i++
	}
	n := s.i - first
	if quoted {
		ok = s.cut(`"`)
	} else {
		ok = n == 1 || n > 1 && s.b[first] != '0'
	}
	return s.b[from:s.i], ok
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func plain(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '_' }

const null = "null"

// array reads [join_ref,ref,"phoenix","heartbeat",{}].
func (s *scanner) array(dst []byte) []byte {
	if !s.cut("[") {
		return nil
	}
	joinRef, ok := s.ref()
	if !ok || !s.mark(",") {
		return nil
	}
	ref, ok := s.ref()
	if !ok || string(ref) == null || !s.mark(",") || !s.cut(`"phoenix"`) || !s.mark(",") || !s.cut(`"heartbeat"`) ||
		!s.mark(",") || !s.cut("{}]") || s.i < len(s.b) {
		return nil
	}
	dst = append(append(append(dst, '['), joinRef...), ',')
	dst = append(dst, ref...)
	return append(dst, `,"phoenix","phx_reply",{"status":"ok","response":{}}]`...)
}

// object reads {"topic":"phoenix","event":"heartbeat","payload":{},"ref":ref}, its
// members in any order, perhaps with a join_ref.
func (s *scanner) object(dst []byte) []byte {
	var topic, event bool
	var ref []byte
	for open := "{"; !s.cut("}"); open = "," {
		ok := s.mark(open)
		switch {
		case s.cut(`"topic":`):
			s.cut(" ")
			topic = s.cut(`"phoenix"`)
			ok = ok && topic
		case s.cut(`"event":`):
			s.cut(" ")
			event = s.cut(`"heartbeat"`)
			ok = ok && event
		case s.cut(`"payload":`):
			s.cut(" ")
			ok = s.cut("{}") && ok
		case s.cut(`"join_ref":`):
			s.cut(" ")
			_, good := s.ref()
			ok = ok && good
		case s.cut(`"ref":`):
			s.cut(" ")
			var good bool
			ref, good = s.ref()
			ok = ok && good
		default:
			return nil
		}
		if !ok {
			return nil
		}
	}
	if !topic || !event || ref == nil || string(ref) == null || s.i < len(s.b) {
		return nil
	}
	dst = append(dst, `{"event":"phx_reply","payload":{"status":"ok","response":{}},"ref":`...)
	return append(append(dst, ref...), `,"topic":"phoenix"}`...)
}
