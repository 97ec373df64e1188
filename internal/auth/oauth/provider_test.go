package oauth_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/token"
)

const ann = `"email":"ann@example.com"`

// Each provider's answers, as its documentation shows them, give the person.
func TestProvidersOfTheTable(t *testing.T) {
	t.Parallel()
	const tid = "9188040d-6c67-4c5b-b112-36a304b66dad"
	type row struct {
		name, url string
		claims    object
		answers   map[string]string
		want      oauth.Person
	}
	cases := []row{
		{"google", "", object{"iss": "https://accounts.google.com", "sub": "g1", "email": "ann@example.com", "email_verified": true, "name": "Ann", "picture": "p"}, nil,
			oauth.Person{Subject: "g1", Issuer: "https://accounts.google.com", Email: "ann@example.com", Verified: true, Name: "Ann", Picture: "p"}},
		{"apple", "", object{"iss": "https://appleid.apple.com", "sub": "a1", "email": "ann@example.com", "email_verified": "true"}, nil,
			oauth.Person{Subject: "a1", Issuer: "https://appleid.apple.com", Email: "ann@example.com", Verified: true, Name: "Ann Ode"}},
		{"azure", "", object{"iss": "https://login.microsoftonline.com/" + tid + "/v2.0", "tid": tid, "sub": "m1", "email": "ann@example.com", "email_verified": true}, nil,
			oauth.Person{Subject: "m1", Issuer: "https://login.microsoftonline.com/" + tid + "/v2.0", Email: "ann@example.com"}},
		{"azure", "", object{"iss": "https://login.microsoftonline.com/" + tid + "/v2.0", "tid": tid, "sub": "m1", "email": "ann@example.com", "xms_edov": "1"}, nil,
			oauth.Person{Subject: "m1", Issuer: "https://login.microsoftonline.com/" + tid + "/v2.0", Email: "ann@example.com", Verified: true}},
		{"keycloak", "https://kc.example/realms/r", object{"iss": "https://kc.example/realms/r", "sub": "k1"},
			map[string]string{"kc.example/realms/r/protocol/openid-connect/userinfo": `{"sub":"k1",` + ann + `,"email_verified":true,"preferred_username":"ann"}`},
			oauth.Person{Subject: "k1", Issuer: "https://kc.example/realms/r", Email: "ann@example.com", Verified: true, Username: "ann"}},
		{"github", "", nil, map[string]string{
			"api.github.com/user":        `{"id":583231,"login":"ann","name":null,"avatar_url":"p","email":"other@example.com"}`,
			"api.github.com/user/emails": `[{"email":"old@example.com","verified":true,"primary":false},{"email":"ann@example.com","verified":true,"primary":true},{"email":"evil@example.com","verified":false,"primary":false}]`,
		}, oauth.Person{Subject: "583231", Email: "ann@example.com", Verified: true, Name: "ann", Username: "ann", Picture: "p"}},
		{"facebook", "", nil, map[string]string{"graph.facebook.com/me": `{"id":"f1",` + ann + `,"name":"Ann","picture":{"data":{"url":"p"}}}`},
			oauth.Person{Subject: "f1", Email: "ann@example.com", Verified: true, Name: "Ann", Picture: "p"}},
		{"discord", "", nil, map[string]string{"discord.com/api/users/@me": `{"id":"80351110224678912","username":"ann","global_name":"Ann","avatar":"8342","verified":false,` + ann + `}`},
			oauth.Person{Subject: "80351110224678912", Email: "ann@example.com", Name: "Ann", Username: "ann", Picture: "https://cdn.discordapp.com/avatars/80351110224678912/8342.png"}},
		{"gitlab", "https://git.example", nil, map[string]string{"git.example/api/v4/user": `{"id":7,"username":"ann","name":"Ann",` + ann + `,"confirmed_at":"2012-05-23T09:05:22Z"}`},
			oauth.Person{Subject: "7", Email: "ann@example.com", Verified: true, Name: "Ann", Username: "ann"}},
		{"spotify", "", nil, map[string]string{"api.spotify.com/v1/me": `{"id":"s1","display_name":"Ann",` + ann + `,"email_verified":true,"images":[{"url":"p"}]}`},
			oauth.Person{Subject: "s1", Email: "ann@example.com", Name: "Ann", Picture: "p"}},
		{"twitch", "", nil, map[string]string{"api.twitch.tv/helix/users": `{"data":[{"id":"t1","login":"ann","display_name":"Ann",` + ann + `,"profile_image_url":"p"}]}`},
			oauth.Person{Subject: "t1", Email: "ann@example.com", Verified: true, Name: "Ann", Username: "ann", Picture: "p"}},
		{"kakao", "", nil, map[string]string{"kapi.kakao.com/v2/user/me": `{"id":123456789,"kakao_account":{` + ann + `,"is_email_valid":true,"is_email_verified":true,"profile":{"nickname":"Ann","profile_image_url":"p"}}}`},
			oauth.Person{Subject: "123456789", Email: "ann@example.com", Verified: true, Name: "Ann", Picture: "p"}},
		{"x", "", nil, map[string]string{"api.x.com/2/users/me": `{"data":{"id":"x1","name":"Ann","username":"ann","confirmed_email":"ann@example.com","profile_image_url":"p"}}`},
			oauth.Person{Subject: "x1", Email: "ann@example.com", Verified: true, Name: "Ann", Username: "ann", Picture: "p"}},
		{"slack_oidc", "", object{"iss": "https://slack.com", "sub": "U1", "email": "ann@example.com", "email_verified": true, "name": "Ann"}, nil,
			oauth.Person{Subject: "U1", Issuer: "https://slack.com", Email: "ann@example.com", Verified: true, Name: "Ann"}},
		{"linkedin_oidc", "", object{"iss": "https://www.linkedin.com/oauth", "sub": "l1", "email": "ann@example.com", "email_verified": "true", "given_name": "Ann", "family_name": "Ode"}, nil,
			oauth.Person{Subject: "l1", Issuer: "https://www.linkedin.com/oauth", Email: "ann@example.com", Verified: true, Name: "Ann Ode"}},
	}
	cases = append(cases, []row{
		{"bitbucket", "", nil, map[string]string{
			"api.bitbucket.org/2.0/user":        `{"uuid":"{b1}","username":"ann","display_name":"Ann","links":{"avatar":{"href":"p"}}}`,
			"api.bitbucket.org/2.0/user/emails": `{"values":[{"email":"evil@example.com","is_primary":true,"is_confirmed":false},{"email":"ann@example.com","is_primary":false,"is_confirmed":true}]}`,
		}, oauth.Person{Subject: "{b1}", Email: "ann@example.com", Verified: true, Name: "Ann", Username: "ann", Picture: "p"}},
		{"figma", "", nil, map[string]string{"api.figma.com/v1/me": `{"id":"f1",` + ann + `,"handle":"Ann","img_url":"p"}`},
			oauth.Person{Subject: "f1", Email: "ann@example.com", Verified: true, Name: "Ann", Picture: "p"}},
		{"fly", "", nil, map[string]string{"api.fly.io/oauth/token/info": `{"resource_owner_id":"r","user_id":"f1","user_name":"Ann",` + ann + `,"scope":["read"]}`},
			oauth.Person{Subject: "f1", Email: "ann@example.com", Verified: true, Name: "Ann"}},
		{"notion", "", nil, map[string]string{"api.notion.com/v1/users/me": `{"object":"user","id":"bot","bot":{"owner":{"type":"user","user":{"id":"n1","name":"Ann","avatar_url":"p","person":{` + ann + `}}}}}`},
			oauth.Person{Subject: "n1", Email: "ann@example.com", Verified: true, Name: "Ann", Picture: "p"}},
		{"workos", "", nil, map[string]string{"api.workos.com/sso/profile": `{"id":"prof_1",` + ann + `,"first_name":"Ann","last_name":"Ode","connection_id":"conn_1"}`},
			oauth.Person{Subject: "prof_1", Email: "ann@example.com", Name: "Ann Ode"}},
		{"zoom", "", nil, map[string]string{"api.zoom.us/v2/users/me": `{"id":"z1",` + ann + `,"first_name":"Ann","last_name":"Ode","verified":1,"login_type":100,"pic_url":"p"}`},
			oauth.Person{Subject: "z1", Email: "ann@example.com", Verified: true, Name: "Ann Ode", Picture: "p"}},
		{"zoom", "", nil, map[string]string{"api.zoom.us/v2/users/me": `{"id":"z1",` + ann + `,"first_name":"Ann","last_name":"Ode","verified":0,"login_type":101}`},
			oauth.Person{Subject: "z1", Email: "ann@example.com", Name: "Ann Ode"}},
		{"zoom", "", nil, map[string]string{"api.zoom.us/v2/users/me": `{"id":"z1",` + ann + `,"first_name":"Ann","last_name":"Ode","verified":0,"login_type":"1"}`},
			oauth.Person{Subject: "z1", Email: "ann@example.com", Verified: true, Name: "Ann Ode"}},
	}...)
	seen := map[string]bool{"slack": true, "linkedin": true, "twitter": true} // other names of a row
	for _, c := range cases {
		seen[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.claims, w.answers = c.claims, c.answers
			secret := token.Secret("the secret")
			if c.name == "apple" {
				secret = w.appleSecret()
			}
			p := w.provider(c.name, c.url, secret)
			got, err := w.come(p, "good")
			if err != nil {
				t.Fatal(err)
			}
			if *got != c.want {
				t.Errorf("person = %+v, want %+v", *got, c.want)
			}
			if _, err := w.come(p, "bad"); !errors.Is(err, oauth.ErrRefused) || strings.Contains(fmt.Sprint(err), string(secret)) {
				t.Errorf("a bad code: %v", err)
			}
			if c.claims != nil {
				for what, v := range (object{"nonce": "another", "aud": "another", "iss": "https://evil.example", "exp": 1, "sub": ""}) {
					w.claims = object{}
					for k, old := range c.claims {
						w.claims[k] = old
					}
					w.claims[what] = v
					if got, err := w.come(p, "good"); err == nil {
						t.Errorf("an ID token with %s %v is %+v", what, v, got)
					}
				}
			}
		})
	}
	for _, name := range oauth.Names() {
		if !seen[name] {
			t.Errorf("no case for %s", name)
		}
	}
}

// What the client asks the provider for cannot replace what is the project's.
func TestTheAddressIsTheProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.provider("apple", "", w.appleSecret())
	to, err := p.AuthURL(t.Context(), oauth.Ask{State: "s", Nonce: "n", Fallback: "https://api.example/callback", Extra: url.Values{
		"client_id": {"evil"}, "redirect_uri": {"https://evil.example"}, "state": {"x"}, "response_mode": {"query"}, "prompt": {"consent"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"client_id": "web-id", "redirect_uri": "https://api.example/callback", "state": "s", "response_mode": "form_post", "prompt": "consent", "nonce": "n",
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// What the clients of the official server call otherwise arrives under the provider's
// name, and what a provider has to be told is in the address.
func TestParametersOfProviders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, want := range map[string]string{"workos": "GoogleOAuth", "notion": ""} {
		to, err := w.provider(name, "", "s").AuthURL(t.Context(), oauth.Ask{State: "s", Extra: url.Values{"workos_provider": {"GoogleOAuth"}}})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		if got := u.Query().Get("provider"); got != want || u.Query().Has("scope") || name == "notion" && u.Query().Get("owner") != "user" {
			t.Errorf("%s: %s", name, to)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]oauth.Client{
		"no client id":   {Name: "google"},
		"no issuer":      {Name: "mine", IDs: []string{"a"}},
		"no realm":       {Name: "keycloak", IDs: []string{"a"}},
		"no address":     {Name: "mine", IDs: []string{"a"}, URL: "ftp://x"},
		"half a secret":  {Name: "apple", IDs: []string{"a"}, Secret: `{"team_id":"T"}`},
		"broken secrets": {Name: "apple", IDs: []string{"a"}, Secret: `{`},
	} {
		if _, err := oauth.New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// FuzzIDToken: no text that arrives as an ID token does harm, or is somebody.
func FuzzIDToken(f *testing.F) {
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.")
	f.Fuzz(func(t *testing.T, tok string) {
		w := newWorld(t)
		if _, err := w.provider("google", "", "s").NativePerson(t.Context(), tok, ""); err == nil {
			t.Errorf("%q is somebody", tok)
		}
	})
}
