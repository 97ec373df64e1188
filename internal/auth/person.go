package auth

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/identity"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlIdentityUser = `select user_id from auth.identities where provider = $1 and provider_id = $2`
	sqlAddIdentity  = `insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
 values ($1, $2, $3, $4, now(), now(), now())`
	sqlTouchIdentity = `update auth.identities set identity_data = $3, last_sign_in_at = now(), updated_at = now() where provider = $1 and provider_id = $2`
)

// outsider is a person whom a provider vouches for.
type outsider struct {
	*oauth.Person
	provider string
	linkTo   string // the user who asked for the identity; "" for a sign-in
}

// data is what the identity keeps of the person, in GoTrue's names.
func (o outsider) data() string {
	m := map[string]any{"sub": o.Subject, "provider_id": o.Subject, "email_verified": o.Verified, "phone_verified": false}
	for name, v := range map[string]string{
		"iss": o.Issuer, "email": o.Email, "full_name": o.Name, "name": o.Name, "avatar_url": o.Picture, "picture": o.Picture,
		"user_name": o.Username, "preferred_username": o.Username,
	} {
		if v != "" {
			m[name] = v
		}
	}
	text, _ := json.Marshal(m) // strings and booleans
	return string(text)
}

func (o outsider) appMeta() string {
	text, _ := json.Marshal(map[string]any{"provider": o.provider, "providers": []string{o.provider}}) // strings
	return string(text)
}

// idToken answers grant_type=id_token: a phone's own sign-in sheet gave the token.
func (s *Service) idToken(r *http.Request, b tokenBody) (*session, error) {
	if b.IDToken == "" || b.Provider == "" {
		return nil, invalid("id_token and provider are required")
	}
	p, err := s.provider(b.Provider)
	if err != nil {
		return nil, err
	}
	if !p.Native() {
		return nil, errProviderOff
	}
	who, err := p.NativePerson(r.Context(), b.IDToken, b.Nonce)
	if err != nil {
		return nil, err
	}
	o := outsider{Person: who, provider: p.Name}
	if b.LinkIdentity {
		if o.linkTo, err = s.mayLink(r); err != nil {
			return nil, err
		}
	}
	var se *session
	err = s.admit(r, o, func(tx *db.Tx, u *account.User) error {
		se, err = s.startSession(r.Context(), tx, r, u, "oauth")
		return err
	})
	return se, err
}

func (s *Service) provider(name string) (*oauth.Provider, error) {
	p := s.providers[name]
	if p == nil {
		f := *errProviderOff
		f.Message = "Unsupported provider: provider \"" + clip(name, 40) + "\" is not enabled"
		return nil, &f
	}
	return p, nil
}

// mayLink returns the id of the signed-in user, who may take another identity.
func (s *Service) mayLink(r *http.Request) (string, error) {
	if !s.cfg.ManualLinking {
		return "", errLinkingOff
	}
	who := wire.Who(r)
	if who.Fault != nil {
		return "", who.Fault
	}
	if who.Claims == nil || !word.IsUUID(who.Claims.Subject) {
		return "", errNoAuthorization
	}
	return who.Claims.Subject, nil
}

// admit finds or makes the outsider's account and goes on with it, in one transaction.
func (s *Service) admit(r *http.Request, o outsider, then func(*db.Tx, *account.User) error) error {
	try := func() error {
		_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
			u, err := s.person(r, tx, o)
			if err != nil {
				return err
			}
			if err := s.usable(u); err != nil {
				return err
			}
			return then(tx, u)
		})
		return err
	}
	if err := s.askOutsider(r, o); err != nil {
		return err
	}
	err := try()
	if fault.CodeOf(err) == "23505" { // the same person, at the same time
		err = try()
	}
	return saving(err)
}

// askOutsider asks the project whether it wants an outsider's account, where he has none.
func (s *Service) askOutsider(r *http.Request, o outsider) error {
	if !s.cfg.Hooks.Has(hook.BeforeUserCreated) || o.linkTo != "" {
		return nil
	}
	ctx, known := r.Context(), false
	n := &newcomer{id: word.UUID(s.cfg.Now()), appMeta: o.appMeta(), userMeta: o.data()}
	err := s.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) error {
		v, err := account.First(ctx, tx, sqlIdentityUser, o.provider, o.Subject)
		known = v != nil
		return err
	})
	if err != nil || known {
		return err
	}
	if o.Verified {
		if n.email, err = address(o.Email); err != nil {
			return oauth.ErrProfile
		}
		return s.askNew(r, n)
	}
	return s.askCreation(r, n)
}

// person returns the account of an identity: its own, else the one of the address
// that the provider has verified, else a new one.
func (s *Service) person(r *http.Request, tx *db.Tx, o outsider) (*account.User, error) {
	ctx, data := r.Context(), o.data()
	v, err := account.First(ctx, tx, sqlIdentityUser, o.provider, o.Subject)
	if err != nil {
		return nil, err
	}
	if v != nil {
		owner := v[0].S
		if o.linkTo != "" && o.linkTo != owner {
			return nil, errIdentityExists
		}
		if _, err := tx.Exec(ctx, sqlTouchIdentity, o.provider, o.Subject, data); err != nil {
			return nil, err
		}
		return account.Find(ctx, tx, account.ByID, owner)
	}
	email := ""
	if o.Verified {
		if email, err = address(o.Email); err != nil {
			return nil, oauth.ErrProfile
		}
	}
	u, err := s.hostOf(r, tx, o, email)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, sqlAddIdentity, o.Subject, u.ID, data, o.provider); err != nil {
		return nil, err
	}
	return account.Find(ctx, tx, account.ByID, u.ID)
}

// hostOf returns the account that a new identity belongs to. An account that waited
// for its letter is confirmed by the provider's word, and loses the password that
// anybody may have set.
func (s *Service) hostOf(r *http.Request, tx *db.Tx, o outsider, email string) (*account.User, error) {
	ctx := r.Context()
	if o.linkTo != "" {
		u, err := account.Find(ctx, tx, account.ByID, o.linkTo)
		if err == nil && u == nil {
			err = errUserNotFound
		}
		if err != nil {
			return nil, err
		}
		return u, s.join(ctx, tx, u, o.provider, email)
	}
	var u *account.User
	var err error
	if email != "" {
		if u, err = account.Find(ctx, tx, account.ByEmail, email); err != nil {
			return nil, err
		}
	}
	if u == nil {
		if !s.cfg.Signup {
			return nil, errSignupDisabled
		}
		if o.Email == "" && !s.providers[o.provider].NoAddress {
			return nil, errNoAddress
		}
		return s.insertOutsider(ctx, tx, o, email)
	}
	if !u.EmailConfirmedAt.Set {
		if _, err := tx.Exec(ctx, sqlConfirm, u.ID, true); err != nil {
			return nil, err
		}
	}
	return u, s.join(ctx, tx, u, o.provider, "")
}

const sqlAdopt = `update auth.users set email = coalesce(email, $2::varchar), email_confirmed_at = case when email is null and $2::varchar is not null then now() else email_confirmed_at end,
 is_anonymous = false, raw_app_meta_data = $3, updated_at = now() where id = $1`

// join writes the provider into the account, which is permanent from now on; an
// account without an address takes the identity's, where nobody has it.
func (s *Service) join(ctx context.Context, tx *db.Tx, u *account.User, provider, email string) error {
	list, _ := json.Marshal(identity.Providers(append(u.Identities, identity.Identity{Provider: provider}))) // strings
	patch := map[string]json.RawMessage{"providers": list}
	if len(u.Identities) == 0 {
		patch["provider"], _ = json.Marshal(provider)
	}
	app, err := meta.Merge(u.AppMeta, patch)
	if err != nil {
		return err
	}
	if email != "" && u.Email == "" {
		if err := s.free(ctx, tx, email); err != nil {
			return errEmailExists
		}
	}
	_, err = tx.Exec(ctx, sqlAdopt, u.ID, account.Nullable(email), app)
	return err
}

func (s *Service) insertOutsider(ctx context.Context, tx *db.Tx, o outsider, email string) (*account.User, error) {
	n := &newcomer{id: word.UUID(s.cfg.Now()), email: email, appMeta: o.appMeta(), userMeta: o.data()}
	if _, err := tx.Exec(ctx, sqlInsertUser, n.id, account.Nullable(email), nil, email != "", n.appMeta, n.userMeta, false, nil); err != nil {
		return nil, err
	}
	u, err := account.Find(ctx, tx, account.ByID, n.id)
	if err == nil && u == nil {
		err = errTriggerFailed // a trigger swallowed the row
	}
	return u, err
}
