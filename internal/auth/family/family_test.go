package family

import "testing"

func FuzzParse(f *testing.F) {
	key := []byte("a key of a session's row")
	const session = "01a21510-1ebd-70dd-b017-61959ebd83f9"
	f.Add(New(session, 7, key))
	f.Add("")
	f.Fuzz(func(t *testing.T, tok string) {
		p, ok := Parse(tok)
		if ok && p.By(key) && New(p.Session, p.Counter, key) != tok {
			t.Errorf("%q is read as another token", tok)
		}
	})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	const session = "01a21510-1ebd-70dd-b017-61959ebd83f9"
	key := []byte("key")
	p, ok := Parse(New(session, 1<<40, key))
	if !ok || p.Session != session || p.Counter != 1<<40 || !p.By(key) || p.By([]byte("other")) {
		t.Errorf("token = %+v, %v", p, ok)
	}
	if p, _ := Parse(New(session, 0, nil)); p.By(nil) {
		t.Error("a session without a key is anybody's")
	}
}
