package auth

import "github.com/plinth-dev/plinth/internal/wire"

// Routes is the room's whole surface.
func (s *Service) Routes() []wire.Route {
	return []wire.Route{
		{Pattern: "POST /signup", Handler: s.signup, Keyed: true, Doc: "make an account, or an anonymous one"},
		{Pattern: "POST /token", Handler: s.token, Keyed: true, Doc: "grant_type=password, refresh_token, pkce or id_token"},
		{Pattern: "POST /otp", Handler: s.otp, Keyed: true, Doc: "send a code and a link for signing in"},
		{Pattern: "POST /magiclink", Handler: s.otp, Keyed: true, Doc: "the older name of /otp"},
		{Pattern: "POST /recover", Handler: s.recover, Keyed: true, Doc: "send a link to a new password"},
		{Pattern: "POST /resend", Handler: s.resend, Keyed: true, Doc: "send a letter again"},
		{Pattern: "POST /verify", Handler: s.postVerify, Keyed: true, Doc: "a session for a code or a link's word"},
		{Pattern: "GET /verify", Handler: s.getVerify, Open: true, Doc: "a letter's link"},
		{Pattern: "GET /reauthenticate", Handler: s.reauthenticate, Doc: "send a code for a new password"},
		{Pattern: "POST /factors", Handler: s.enroll, Doc: "begin a second factor"},
		{Pattern: "DELETE /factors/{id}", Handler: s.unenroll, Doc: "take a second factor away"},
		{Pattern: "POST /factors/{id}/challenge", Handler: s.challenge, Doc: "begin to show a second factor"},
		{Pattern: "POST /factors/{id}/verify", Handler: s.verifyFactor, Doc: "show a second factor, or a recovery code"},
		{Pattern: "GET /factors/recovery-codes", Handler: s.countRecoveryCodes, Doc: "how many recovery codes are left"},
		{Pattern: "POST /factors/recovery-codes", Handler: s.makeRecoveryCodes, Doc: "new recovery codes"},
		{Pattern: "GET /authorize", Handler: s.authorize, Open: true, Doc: "go to a provider"},
		{Pattern: "GET /callback", Handler: s.callback, Open: true, Doc: "come back from a provider"},
		{Pattern: "POST /callback", Handler: s.callback, Open: true, Doc: "the same, by Apple's form"},
		{Pattern: "GET /user/identities/authorize", Handler: s.linkAuthorize, Doc: "go to a provider for another identity"},
		{Pattern: "DELETE /user/identities/{id}", Handler: s.unlink, Doc: "take an identity from the signed-in user"},
		{Pattern: "GET /admin/users", Handler: s.admin(s.listUsers), Doc: "all users, by pages"},
		{Pattern: "POST /admin/users", Handler: s.admin(s.createUser), Doc: "make a user"},
		{Pattern: "GET /admin/users/{id}", Handler: s.admin(s.readUser), Doc: "one user"},
		{Pattern: "PUT /admin/users/{id}", Handler: s.admin(s.updateUser), Doc: "change a user"},
		{Pattern: "DELETE /admin/users/{id}", Handler: s.admin(s.deleteUser), Doc: "delete a user, softly if asked"},
		{Pattern: "GET /admin/users/{id}/factors", Handler: s.admin(s.adminFactors), Doc: "a user's second factors"},
		{Pattern: "PUT /admin/users/{id}/factors/{factor}", Handler: s.admin(s.renameFactor), Doc: "rename one"},
		{Pattern: "DELETE /admin/users/{id}/factors/{factor}", Handler: s.admin(s.adminFactor(dropFactor)), Doc: "take one away"},
		{Pattern: "POST /admin/generate_link", Handler: s.admin(s.generateLink), Doc: "the link of a letter that nobody sends"},
		{Pattern: "POST /invite", Handler: s.admin(s.invite), Doc: "make a user and send an invitation"},
		{Pattern: "POST /admin/invite", Handler: s.admin(s.invite), Doc: "the same, as the Swift client calls it"},
		{Pattern: "POST /logout", Handler: s.logout, Doc: "end sessions; scope=global, local or others"},
		{Pattern: "GET /user", Handler: s.getUser, Doc: "the signed-in user"},
		{Pattern: "PUT /user", Handler: s.putUser, Doc: "change e-mail, password or data"},
		{Pattern: "GET /settings", Handler: s.settings, Keyed: true, Doc: "what is switched on"},
		{Pattern: "GET /health", Handler: s.health, Keyed: true, Doc: "the room answers"},
		{Pattern: "GET /.well-known/jwks.json", Handler: s.jwks, Open: true, Doc: "public keys of access tokens"},
		{Pattern: "/", Handler: notFound, Open: true, Doc: "everything else"},
	}
}
