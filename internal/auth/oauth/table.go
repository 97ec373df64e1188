package oauth

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// trust says when a provider's word on an address counts.
type trust int

const (
	byClaim trust = iota // its email_verified
	always               // it hands out proven addresses alone
	never
)

// row is what differs between providers. {url} stands for the configured address.
type row struct {
	base     string // default of {url}
	auth     string // where people are sent
	token    string // where codes are traded
	profile  string // where the profile is fetched; "" where the ID token says it all
	emails   string // GitHub's or Bitbucket's list of addresses
	keysURL  string // of its ID tokens' keys
	discover string // its discovery document, which fills in the rest
	issuers  []string
	scopes   string
	trust    trust
	pkce     bool              // it knows code challenges
	basic    bool              // it wants the secret in a header
	apple    bool              // signed secret, posted form
	proof    bool              // Facebook's proof of the secret
	clientID bool              // Twitch wants its client id in a header
	version  string            // of Notion's API, in a header
	rename   map[string]string // what clients call a parameter that is ours, and its name there
	read     func(object) Person
}

type object = map[string]any

var anyIssuer = row{discover: "{url}/.well-known/openid-configuration", scopes: "openid email profile", pkce: true}

// rows is the table of providers.
//
// budget: a row a provider
func rows() map[string]row {
	oidc := "openid email profile"
	slack := row{
		auth: "https://slack.com/openid/connect/authorize", token: "https://slack.com/api/openid.connect.token",
		profile: "https://slack.com/api/openid.connect.userInfo", keysURL: "https://slack.com/openid/connect/keys",
		issuers: []string{"https://slack.com"}, scopes: oidc,
	}
	linkedIn := row{
		auth: "https://www.linkedin.com/oauth/v2/authorization", token: "https://www.linkedin.com/oauth/v2/accessToken",
		profile: "https://api.linkedin.com/v2/userinfo", keysURL: "https://www.linkedin.com/oauth/openid/jwks",
		issuers: []string{"https://www.linkedin.com", "https://www.linkedin.com/oauth"}, scopes: oidc,
	}
	x := row{
		auth: "https://x.com/i/oauth2/authorize", token: "https://api.x.com/2/oauth2/token",
		profile: "https://api.x.com/2/users/me?user.fields=profile_image_url,confirmed_email",
		scopes:  "users.read users.email tweet.read offline.access", pkce: true, basic: true, trust: always, read: readX,
	}
	return map[string]row{
		"apple": {
			auth: "https://appleid.apple.com/auth/authorize", token: "https://appleid.apple.com/auth/token",
			keysURL: "https://appleid.apple.com/auth/keys", issuers: []string{"https://appleid.apple.com"}, scopes: "email name", apple: true,
		},
		"google": {
			auth: "https://accounts.google.com/o/oauth2/v2/auth", token: "https://oauth2.googleapis.com/token",
			keysURL: "https://www.googleapis.com/oauth2/v3/certs", issuers: []string{"https://accounts.google.com", "accounts.google.com"},
			scopes: oidc, pkce: true,
		},
		"azure": {
			base: "https://login.microsoftonline.com/common", auth: "{url}/oauth2/v2.0/authorize", token: "{url}/oauth2/v2.0/token",
			keysURL: "{url}/discovery/v2.0/keys", issuers: []string{"https://login.microsoftonline.com/{tid}/v2.0"}, scopes: oidc, pkce: true, read: readAzure,
		},
		"keycloak": {
			auth: "{url}/protocol/openid-connect/auth", token: "{url}/protocol/openid-connect/token",
			profile: "{url}/protocol/openid-connect/userinfo", keysURL: "{url}/protocol/openid-connect/certs", issuers: []string{"{url}"}, scopes: oidc, pkce: true,
		},
		"github": {
			base: "https://github.com", auth: "{url}/login/oauth/authorize", token: "{url}/login/oauth/access_token",
			profile: "https://api.github.com/user", emails: "https://api.github.com/user/emails", scopes: "user:email", pkce: true, read: readGitHub,
		},
		"facebook": {
			auth: "https://www.facebook.com/dialog/oauth", token: "https://graph.facebook.com/oauth/access_token",
			profile: "https://graph.facebook.com/me?fields=email,first_name,last_name,name,picture", keysURL: "https://limited.facebook.com/.well-known/oauth/openid/jwks/",
			issuers: []string{"https://www.facebook.com", "https://limited.facebook.com"}, scopes: "email", trust: always, proof: true, read: readFacebook,
		},
		"discord": {
			auth: "https://discord.com/api/oauth2/authorize", token: "https://discord.com/api/oauth2/token",
			profile: "https://discord.com/api/users/@me", scopes: "email identify", read: readDiscord,
		},
		"gitlab": {
			base: "https://gitlab.com", auth: "{url}/oauth/authorize", token: "{url}/oauth/token",
			profile: "{url}/api/v4/user", scopes: "read_user", pkce: true, read: readGitLab,
		},
		"spotify": {
			auth: "https://accounts.spotify.com/authorize", token: "https://accounts.spotify.com/api/token",
			profile: "https://api.spotify.com/v1/me", scopes: "user-read-email", pkce: true, basic: true, trust: never, read: readSpotify,
		},
		"twitch": {
			auth: "https://id.twitch.tv/oauth2/authorize", token: "https://id.twitch.tv/oauth2/token",
			profile: "https://api.twitch.tv/helix/users", scopes: "user:read:email", trust: always, clientID: true, read: readTwitch,
		},
		"kakao": {
			auth: "https://kauth.kakao.com/oauth/authorize", token: "https://kauth.kakao.com/oauth/token",
			profile: "https://kapi.kakao.com/v2/user/me", keysURL: "https://kauth.kakao.com/.well-known/jwks.json", issuers: []string{"https://kauth.kakao.com"},
			scopes: "account_email profile_image profile_nickname", read: readKakao,
		},
		"bitbucket": {
			auth: "https://bitbucket.org/site/oauth2/authorize", token: "https://bitbucket.org/site/oauth2/access_token",
			profile: "https://api.bitbucket.org/2.0/user", emails: "https://api.bitbucket.org/2.0/user/emails", scopes: "account email", basic: true, read: readBitbucket,
		},
		"figma": {
			auth: "https://www.figma.com/oauth", token: "https://api.figma.com/v1/oauth/token",
			profile: "https://api.figma.com/v1/me", scopes: "current_user:read", basic: true, trust: always, read: readFigma,
		},
		"fly": {
			auth: "https://api.fly.io/oauth/authorize", token: "https://api.fly.io/oauth/token",
			profile: "https://api.fly.io/oauth/token/info", scopes: "read", trust: always, read: readFly,
		},
		"notion": {
			auth: "https://api.notion.com/v1/oauth/authorize?owner=user", token: "https://api.notion.com/v1/oauth/token",
			profile: "https://api.notion.com/v1/users/me", basic: true, trust: always, version: "2022-06-28", read: readNotion,
		},
		"workos": {
			auth: "https://api.workos.com/sso/authorize", token: "https://api.workos.com/sso/token", profile: "https://api.workos.com/sso/profile",
			trust: never, rename: map[string]string{"workos_provider": "provider"}, read: readWorkOS,
		},
		"zoom": {
			auth: "https://zoom.us/oauth/authorize", token: "https://zoom.us/oauth/token",
			profile: "https://api.zoom.us/v2/users/me", basic: true, read: readZoom,
		},
		"slack_oidc": slack, "slack": slack,
		"linkedin_oidc": linkedIn, "linkedin": linkedIn,
		"x": x, "twitter": x,
	}
}

// Names are those of the table, for what lists them.
func Names() []string {
	var out []string
	for name := range rows() {
		out = append(out, name)
	}
	return out
}

// str returns a member as text; providers write ids as numbers, too.
func str(o object, name string) string {
	switch v := o[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func sub(o object, names ...string) object {
	for _, n := range names {
		o, _ = o[n].(object)
	}
	return o
}

// truth reads a boolean that some write as text or as a number.
func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v == "true" || v == "1"
	case json.Number:
		return v.String() == "1"
	}
	return false
}

// readClaims reads the claims of OpenID Connect.
func readClaims(o object) Person {
	p := Person{
		Subject: str(o, "sub"), Issuer: str(o, "iss"), Email: str(o, "email"), Verified: truth(o["email_verified"]),
		Name: str(o, "name"), Picture: str(o, "picture"), Username: str(o, "preferred_username"),
	}
	if p.Name == "" {
		p.Name = strings.TrimSpace(str(o, "given_name") + " " + str(o, "family_name"))
	}
	if p.Name == "" {
		p.Name = str(o, "nickname")
	}
	return p
}

// readAzure: a tenant's administrator writes any address he likes; only one whose
// domain he has proven counts.
func readAzure(o object) Person {
	p := readClaims(o)
	p.Verified = truth(o["xms_edov"])
	return p
}

func readGitHub(o object) Person {
	p := Person{Subject: str(o, "id"), Name: str(o, "name"), Picture: str(o, "avatar_url"), Username: str(o, "login")}
	if p.Name == "" {
		p.Name = p.Username
	}
	return p
}

func readFacebook(o object) Person {
	if o["id"] == nil { // the ID token of its limited sign-in
		return readClaims(o)
	}
	return Person{Subject: str(o, "id"), Email: str(o, "email"), Name: str(o, "name"), Picture: str(sub(o, "picture", "data"), "url")}
}

func readDiscord(o object) Person {
	p := Person{Subject: str(o, "id"), Email: str(o, "email"), Verified: truth(o["verified"]), Name: str(o, "global_name"), Username: str(o, "username")}
	if p.Name == "" {
		p.Name = p.Username
	}
	if hash := str(o, "avatar"); hash != "" {
		p.Picture = fmt.Sprintf("https://cdn.discordapp.com/avatars/%s/%s.png", url.PathEscape(p.Subject), url.PathEscape(hash))
	}
	return p
}

func readGitLab(o object) Person {
	return Person{
		Subject: str(o, "id"), Email: str(o, "email"), Verified: str(o, "confirmed_at") != "",
		Name: str(o, "name"), Picture: str(o, "avatar_url"), Username: str(o, "username"),
	}
}

func readSpotify(o object) Person {
	p := Person{Subject: str(o, "id"), Email: str(o, "email"), Name: str(o, "display_name")}
	if list, _ := o["images"].([]any); len(list) > 0 {
		first, _ := list[0].(object)
		p.Picture = str(first, "url")
	}
	return p
}

func readTwitch(o object) Person {
	list, _ := o["data"].([]any)
	if len(list) == 0 {
		return Person{}
	}
	u, _ := list[0].(object)
	return Person{
		Subject: str(u, "id"), Email: str(u, "email"), Name: str(u, "display_name"), Picture: str(u, "profile_image_url"), Username: str(u, "login"),
	}
}

func readKakao(o object) Person {
	if o["id"] == nil { // an ID token
		p := readClaims(o)
		p.Verified = false // it does not say
		return p
	}
	acc := sub(o, "kakao_account")
	profile := sub(acc, "profile")
	return Person{
		Subject: str(o, "id"), Email: str(acc, "email"), Verified: truth(acc["is_email_valid"]) && truth(acc["is_email_verified"]),
		Name: str(profile, "nickname"), Picture: str(profile, "profile_image_url"),
	}
}

func readX(o object) Person {
	u := sub(o, "data")
	return Person{
		Subject: str(u, "id"), Email: str(u, "confirmed_email"), Name: str(u, "name"), Picture: str(u, "profile_image_url"), Username: str(u, "username"),
	}
}
