package server

import (
	"net/http/httptest"
	"testing"
)

// What everybody knows opens nothing from another machine, whatever the caller
// shows, sign-up's routes included; this machine's apps run unchanged.
func TestListenOnAllRefusesLocalKeysFromElsewhere(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(c *Config) { c.Listen = "0.0.0.0:0" })
	local, err := localKeys().Access(true)
	if err != nil {
		t.Fatal(err)
	}
	own, err := s.Access()
	if err != nil {
		t.Fatal(err)
	}
	if own.Publishable == local.Publishable || own.Secret == local.Secret || own.JWTSecret == local.JWTSecret {
		t.Error("the project has the keys that everybody has")
	}
	for _, c := range []struct {
		name, from, key string
		want            int
	}{
		{"local publishable key, here", here, local.Publishable, 200},
		{"local anon token, here", here, local.Anon, 200},
		{"local service token, here", here, string(local.ServiceRole), 200},
		{"own publishable key, here", here, own.Publishable, 200},
		{"local publishable key, elsewhere", away, local.Publishable, 401},
		{"local secret key, elsewhere", away, string(local.Secret), 401},
		{"local anon token, elsewhere", away, local.Anon, 401},
		{"local service token, elsewhere", away, string(local.ServiceRole), 401},
		{"own publishable key, elsewhere", away, own.Publishable, 200},
		{"own anon token, elsewhere", away, own.Anon, 200},
		{"own service token, elsewhere", away, string(own.ServiceRole), 200},
	} {
		for header, val := range map[string]string{"Apikey": c.key, "Authorization": "Bearer " + c.key} {
			r := httptest.NewRequest("GET", "/auth/v1/settings", nil)
			r.RemoteAddr = c.from
			r.Header.Set(header, val)
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("%s, as %s: status %d, want %d", c.name, header, w.Code, c.want)
			}
		}
	}
}

// An app whose token expired asks for another with its API key; a bad key is refused
// there too, and its absence where a key is needed.
func TestBadTokenWithGoodKey(t *testing.T) {
	t.Parallel()
	d := openServer(t, nil).door()
	d.needKey = true
	for _, c := range []struct {
		name, key, bearer string
		token, keyed      bool // refused as a token, as a key
	}{
		{"good key", localKeys().Publishable, "", false, false},
		{"good key, bad token", localKeys().Publishable, "not.a.token", true, false},
		{"bad key, bad token", "sb_publishable_wrong", "not.a.token", true, true},
		{"bad key", "sb_publishable_wrong", "", true, true},
		{"bad token as key", "not.a.token", "", true, true},
		{"bad token alone", "", "not.a.token", true, true},
		{"nothing", "", "", true, true},
	} {
		r := httptest.NewRequest("POST", "/auth/v1/token", nil)
		r.RemoteAddr = here
		if c.key != "" {
			r.Header.Set("Apikey", c.key)
		}
		if c.bearer != "" {
			r.Header.Set("Authorization", "Bearer "+c.bearer)
		}
		id := d.identity(r)
		if (id.Fault != nil) != c.token || (id.KeyFault != nil) != c.keyed {
			t.Errorf("%s: %v, %v; want faults %t, %t", c.name, id.Fault, id.KeyFault, c.token, c.keyed)
		}
	}
}
