package project

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Auth is sign-in.
//
// budget: one field a key of [auth]
type Auth struct {
	SiteURL               string              `toml:"site_url"`
	RedirectURLs          []string            `toml:"additional_redirect_urls"`
	JWTExpiry             int                 `toml:"jwt_expiry"` // seconds
	JWTIssuer             string              `toml:"jwt_issuer"`
	SigningKeysPath       string              `toml:"signing_keys_path"` // a JSON array of JWKs, relative to config.toml
	EnableSignup          bool                `toml:"enable_signup"`
	EnableAnonymous       bool                `toml:"enable_anonymous_sign_ins"`
	EnableManualLinking   bool                `toml:"enable_manual_linking"`
	RefreshRotation       bool                `toml:"enable_refresh_token_rotation"` // a refresh token that comes again late ends its session; off, it is refused alone
	RefreshReuseInterval  int                 `toml:"refresh_token_reuse_interval"`  // seconds
	MinimumPasswordLength int                 `toml:"minimum_password_length"`
	PasswordRequirements  string              `toml:"password_requirements"`
	Email                 AuthEmail           `toml:"email"`
	SMS                   AuthSMS             `toml:"sms"`
	MFA                   AuthMFA             `toml:"mfa"`
	Sessions              AuthSessions        `toml:"sessions"`
	RateLimit             AuthRateLimit       `toml:"rate_limit"`
	Captcha               AuthCaptcha         `toml:"captcha"`
	External              map[string]External `toml:"external"`
	Hook                  map[string]Hook     `toml:"hook"`
}

// AuthEmail is sign-in by e-mail.
type AuthEmail struct {
	EnableSignup        bool                    `toml:"enable_signup"`
	EnableConfirmations bool                    `toml:"enable_confirmations"`
	DoubleConfirm       bool                    `toml:"double_confirm_changes"`
	SecureChange        bool                    `toml:"secure_password_change"`
	MaxFrequency        Duration                `toml:"max_frequency"` // between two letters to one address
	OTPLength           int                     `toml:"otp_length"`
	OTPExpiry           int                     `toml:"otp_expiry"` // seconds
	SMTP                SMTP                    `toml:"smtp"`
	Template            map[string]MailTemplate `toml:"template"` // invite, confirmation, recovery, magic_link, email_change, reauthentication
}

// MailTemplate is a letter's subject, and its body in a file relative to config.toml.
type MailTemplate struct {
	Subject     string `toml:"subject"`
	ContentPath string `toml:"content_path"`
	Content     string `toml:"content"`
}

// SMTP is the server that takes letters; without one they stay in the inbox.
type SMTP struct {
	Enabled    bool   `toml:"enabled"`
	Host       string `toml:"host"`
	Port       int    `toml:"port"`
	User       string `toml:"user"`
	Pass       string `toml:"pass"`
	AdminEmail string `toml:"admin_email"` // the sender's address
	SenderName string `toml:"sender_name"`
}

// AuthSMS is sign-in by phone. At most one sender is enabled; without one, messages
// stay in the inbox.
type AuthSMS struct {
	EnableSignup        bool              `toml:"enable_signup"`
	EnableConfirmations bool              `toml:"enable_confirmations"`
	Template            string            `toml:"template"`
	MaxFrequency        Duration          `toml:"max_frequency"`
	TestOTP             map[string]string `toml:"test_otp"` // codes of numbers to which nothing is sent
	Twilio              SMSSender         `toml:"twilio"`
	TwilioVerify        SMSSender         `toml:"twilio_verify"`
	MessageBird         SMSSender         `toml:"messagebird"`
	Textlocal           SMSSender         `toml:"textlocal"`
	Vonage              SMSSender         `toml:"vonage"`
}

// SMSSender is an account with somebody who sends messages; each reads its own keys.
type SMSSender struct {
	Enabled           bool   `toml:"enabled"`
	AccountSID        string `toml:"account_sid"`
	MessageServiceSID string `toml:"message_service_sid"`
	AuthToken         string `toml:"auth_token"`
	Originator        string `toml:"originator"`
	AccessKey         string `toml:"access_key"`
	From              string `toml:"from"`
	Sender            string `toml:"sender"`
	APIKey            string `toml:"api_key"`
	APISecret         string `toml:"api_secret"`
}

// AuthMFA is the second factor.
type AuthMFA struct {
	MaxFactors int      `toml:"max_enrolled_factors"`
	TOTP       MFAKind  `toml:"totp"`
	Phone      MFAPhone `toml:"phone"`
}

// MFAKind says what may be done with a kind of factor.
type MFAKind struct {
	Enroll bool `toml:"enroll_enabled"`
	Verify bool `toml:"verify_enabled"`
}

// MFAPhone is a phone as second factor.
type MFAPhone struct {
	MFAKind
	OTPLength    int      `toml:"otp_length"`
	Template     string   `toml:"template"`
	MaxFrequency Duration `toml:"max_frequency"`
}

// AuthSessions bounds sessions.
type AuthSessions struct {
	Timebox    Duration `toml:"timebox"`            // from the sign-in; 0 for none
	Inactivity Duration `toml:"inactivity_timeout"` // from the last refresh; 0 for none
}

// AuthRateLimit are the bounds of the expensive routes; 0 for none.
type AuthRateLimit struct {
	EmailSent          int  `toml:"email_sent"`          // letters an hour, in all
	SMSSent            int  `toml:"sms_sent"`            // messages an hour, in all
	AnonymousUsers     int  `toml:"anonymous_users"`     // an hour, by address of the client
	TokenRefresh       int  `toml:"token_refresh"`       // in five minutes, likewise
	SignInSignUps      int  `toml:"sign_in_sign_ups"`    // in five minutes, likewise
	TokenVerifications int  `toml:"token_verifications"` // in five minutes, likewise
	Named              bool `toml:"-"`                   // the file has the section; else serve has bounds of its own
}

// AuthCaptcha asks clients to show that a person is there.
type AuthCaptcha struct {
	Enabled  bool   `toml:"enabled"`
	Provider string `toml:"provider"` // "hcaptcha" or "turnstile"
	Secret   string `toml:"secret"`
}

// External is a provider of sign-ins: a known name, or any with the URL of an OIDC
// issuer.
type External struct {
	Enabled       bool   `toml:"enabled"`
	ClientID      string `toml:"client_id"` // several, separated by commas: the first is the web's
	Secret        string `toml:"secret"`
	RedirectURI   string `toml:"redirect_uri"`
	URL           string `toml:"url"`
	SkipNonce     bool   `toml:"skip_nonce_check"`
	EmailOptional bool   `toml:"email_optional"` // who names no address may have an account
}

// Hook is a function that sign-in asks: pg-functions://postgres/<schema>/<function>,
// or an http(s) address with the secrets that sign what is sent there.
type Hook struct {
	Enabled bool   `toml:"enabled"`
	URI     string `toml:"uri"`
	Secrets string `toml:"secrets"` // "v1,whsec_…", several separated by |
}

// Hooks that there are.
var hooks = []string{"before_user_created", "custom_access_token", "mfa_verification_attempt", "password_verification_attempt", "send_email", "send_sms"}

func defaultAuth() Auth {
	const second = Duration(time.Second)
	return Auth{
		SiteURL: "http://127.0.0.1:3000", JWTExpiry: 3600, EnableSignup: true, EnableAnonymous: true,
		RefreshRotation: true, RefreshReuseInterval: 10, MinimumPasswordLength: 6,
		Email: AuthEmail{EnableSignup: true, DoubleConfirm: true, MaxFrequency: second, OTPLength: 6, OTPExpiry: 3600},
		SMS:   AuthSMS{EnableConfirmations: true, Template: "Your code is {{ .Code }}", MaxFrequency: 5 * second},
		MFA: AuthMFA{
			MaxFactors: 10, TOTP: MFAKind{Enroll: true, Verify: true},
			Phone: MFAPhone{OTPLength: 6, Template: "Your code is {{ .Code }}", MaxFrequency: 5 * second},
		},
	}
}

// Validate reports every fault at once.
func (a Auth) Validate() error {
	var errs []error
	bad := func(cond bool, format string, args ...any) {
		if cond {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(a.JWTExpiry < 1 || a.JWTExpiry > 604800, "auth.jwt_expiry is %d; it must be from 1 to 604800 seconds", a.JWTExpiry)
	bad(a.RefreshReuseInterval < 0 || a.RefreshReuseInterval > 300, "auth.refresh_token_reuse_interval is %d; it must be from 0 to 300 seconds", a.RefreshReuseInterval)
	bad(a.Email.OTPLength < 6 || a.Email.OTPLength > 10, "auth.email.otp_length is %d; it must be from 6 to 10", a.Email.OTPLength)
	bad(a.Email.OTPExpiry < 1 || a.Email.OTPExpiry > 86400, "auth.email.otp_expiry is %d; it must be from 1 to 86400 seconds", a.Email.OTPExpiry)
	bad(a.MinimumPasswordLength < 6 || a.MinimumPasswordLength > 72, "auth.minimum_password_length is %d; it must be from 6 to 72", a.MinimumPasswordLength)
	bad(a.MFA.Phone.OTPLength < 6 || a.MFA.Phone.OTPLength > 10, "auth.mfa.phone.otp_length is %d; it must be from 6 to 10", a.MFA.Phone.OTPLength)
	bad(a.MFA.MaxFactors < 1 || a.MFA.MaxFactors > 100, "auth.mfa.max_enrolled_factors is %d; it must be from 1 to 100", a.MFA.MaxFactors)
	senders := 0
	for _, s := range []SMSSender{a.SMS.Twilio, a.SMS.TwilioVerify, a.SMS.MessageBird, a.SMS.Textlocal, a.SMS.Vonage} {
		if s.Enabled {
			senders++
		}
	}
	bad(senders > 1, "auth.sms has %d senders enabled; enable one", senders)
	c := a.Captcha
	bad(c.Enabled && c.Provider != "hcaptcha" && c.Provider != "turnstile", "auth.captcha.provider is %q; it must be hcaptcha or turnstile", c.Provider)
	bad(c.Enabled && c.Secret == "", "auth.captcha.secret is empty")
	l := a.RateLimit
	for _, n := range []int{l.EmailSent, l.SMSSent, l.AnonymousUsers, l.TokenRefresh, l.SignInSignUps, l.TokenVerifications} {
		bad(n < 0, "auth.rate_limit has the value %d; bounds must not be negative", n)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Hook)) {
		h := a.Hook[name]
		bad(!slices.Contains(hooks, name), "auth.hook.%s: there is no such hook; there are %s", name, strings.Join(hooks, ", "))
		bad(h.Enabled && h.URI == "", "auth.hook.%s.uri is empty", name)
	}
	for _, name := range slices.Sorted(maps.Keys(a.External)) {
		p := a.External[name]
		bad(p.Enabled && p.ClientID == "", "auth.external.%s.client_id is empty", name)
	}
	return errors.Join(errs...)
}
