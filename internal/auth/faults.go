package auth

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// The room's faults; codes are GoTrue's.
var (
	errBadJSON           = fault.New(fault.Invalid, "bad_json", "Could not parse request body as JSON")
	errValidation        = fault.New(fault.Invalid, "validation_failed", "The request is not valid")
	errNoAuthorization   = fault.New(fault.Unauthenticated, "no_authorization", "This endpoint requires a valid Bearer token")
	errSubject           = fault.New(fault.Invalid, "bad_jwt", "invalid claim: sub claim must be a UUID")
	errSessionNotFound   = status(fault.New(fault.Forbidden, "session_not_found", "Session from session_id claim in JWT does not exist"), http.StatusForbidden)
	errNoSession         = fault.New(fault.NotFound, "session_not_found", "There is no such session")
	errUserNotFound      = status(fault.New(fault.NotFound, "user_not_found", "User from sub claim in JWT does not exist"), http.StatusForbidden)
	errUserExists        = status(fault.New(fault.Conflict, "user_already_exists", "User already registered"), http.StatusUnprocessableEntity)
	errEmailExists       = status(fault.New(fault.Conflict, "email_exists", "A user with this email address has already been registered"), http.StatusUnprocessableEntity)
	errCredentials       = fault.New(fault.Invalid, "invalid_credentials", "Invalid login credentials")
	errNotConfirmed      = fault.New(fault.Invalid, "email_not_confirmed", "Email not confirmed")
	errBanned            = status(fault.New(fault.Forbidden, "user_banned", "User is banned"), http.StatusBadRequest)
	errRateLimit         = fault.New(fault.TooMany, "over_request_rate_limit", "Request rate limit reached")
	errSignupDisabled    = status(fault.New(fault.Forbidden, "signup_disabled", "Signups not allowed for this instance"), http.StatusUnprocessableEntity)
	errEmailDisabled     = status(fault.New(fault.Forbidden, "email_provider_disabled", "Email signups are disabled"), http.StatusUnprocessableEntity)
	errPhoneNotConfirmed = fault.New(fault.Invalid, "phone_not_confirmed", "Phone not confirmed")
	errPhoneExists       = status(fault.New(fault.Conflict, "phone_exists", "A user with this phone number has already been registered"), http.StatusUnprocessableEntity)
	errPhoneDisabled     = fault.New(fault.Invalid, "phone_provider_disabled", "Phone signups are disabled")
	errAnonDisabled      = status(fault.New(fault.Forbidden, "anonymous_provider_disabled", "Anonymous sign-ins are disabled"), http.StatusUnprocessableEntity)
	errWeakPassword      = status(fault.New(fault.Invalid, "weak_password", "Password is too weak"), http.StatusUnprocessableEntity)
	errSamePassword      = status(fault.New(fault.Invalid, "same_password", "New password should be different from the old password."), http.StatusUnprocessableEntity)
	errRefreshNotFound   = fault.New(fault.Invalid, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
	errRefreshUsed       = fault.New(fault.Invalid, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
	errSessionExpired    = fault.New(fault.Invalid, "session_expired", "Invalid Refresh Token: Session Expired")
	errGrant             = fault.New(fault.Invalid, "invalid_credentials", "unsupported_grant_type")
	errNoRoute           = fault.New(fault.NotFound, "not_found", "This server has no such auth endpoint")
	errTriggerFailed     = status(fault.New(fault.Internal, "unexpected_failure", "Database error saving new user"), http.StatusInternalServerError)
	errNoMail            = status(fault.New(fault.Internal, "unexpected_failure", "Error sending email: this server has no mail service"), http.StatusInternalServerError)
	errMailTooOften      = fault.New(fault.TooMany, mail.ErrTooMany.Code, mail.ErrTooMany.Message)
	errOTPDisabled       = status(fault.New(fault.Forbidden, "otp_disabled", "Signups not allowed for otp"), http.StatusUnprocessableEntity)
	errOTPExpired        = fault.New(fault.Forbidden, "otp_expired", "Token has expired or is invalid")
	errSMSTooOften       = fault.New(fault.TooMany, sms.ErrTooMany.Code, sms.ErrTooMany.Message)
	errLinkExpired       = fault.New(fault.Forbidden, "otp_expired", "Email link is invalid or has expired")
	errFlowNotFound      = fault.New(fault.NotFound, "flow_state_not_found", "invalid flow state, no valid flow state found")
	errFlowExpired       = fault.New(fault.Invalid, "flow_state_expired", "invalid flow state, flow state has expired")
	errBadVerifier       = fault.New(fault.Invalid, "bad_code_verifier", "code challenge does not match previously saved code verifier")
	errNeedsNonce        = fault.New(fault.Invalid, "reauthentication_needed", "Password update requires reauthentication")
	errBadNonce          = status(fault.New(fault.Invalid, "reauthentication_not_valid", "Nonce has expired or is invalid"), http.StatusUnprocessableEntity)
	errProviderOff       = fault.New(fault.Invalid, "provider_disabled", "Provider is not enabled")
	errBadState          = fault.New(fault.Invalid, "bad_oauth_state", "OAuth state is missing, was used or has expired")
	errBadCallback       = fault.New(fault.Invalid, "bad_oauth_callback", "OAuth callback with missing authorization code")
	errDenied            = fault.New(fault.Forbidden, "provider_denied", "The provider refused")
	errTOTPEnroll        = status(fault.New(fault.Forbidden, "mfa_totp_enroll_not_enabled", "MFA enroll is disabled for TOTP"), http.StatusUnprocessableEntity)
	errTOTPVerify        = status(fault.New(fault.Forbidden, "mfa_totp_verify_not_enabled", "MFA verification is disabled for TOTP"), http.StatusUnprocessableEntity)
	errPhoneEnroll       = status(fault.New(fault.Forbidden, "mfa_phone_enroll_not_enabled", "MFA enroll is disabled for Phone"), http.StatusUnprocessableEntity)
	errPhoneVerify       = status(fault.New(fault.Forbidden, "mfa_phone_verify_not_enabled", "MFA verification is disabled for Phone"), http.StatusUnprocessableEntity)
	errManyFactors       = status(fault.New(fault.Forbidden, "too_many_enrolled_mfa_factors", "Maximum number of verified factors reached, unenroll to continue"), http.StatusUnprocessableEntity)
	errFactorName        = status(fault.New(fault.Conflict, "mfa_factor_name_conflict", "A factor with this friendly name already exists for this user"), http.StatusUnprocessableEntity)
	errFactorExists      = status(fault.New(fault.Conflict, "mfa_verified_factor_exists", "A verified phone factor already exists, unenroll the existing factor to continue"), http.StatusUnprocessableEntity)
	errChallengeExpired  = status(fault.New(fault.Invalid, "mfa_challenge_expired", "MFA challenge has expired, verify against another challenge or create a new challenge."), http.StatusUnprocessableEntity)
	errFactorCode        = status(fault.New(fault.Invalid, "mfa_verification_failed", "Invalid code entered"), http.StatusUnprocessableEntity)
	errFactorGuesses     = fault.New(fault.TooMany, "over_request_rate_limit", "Too many wrong codes, try again later")
	errFactorRejected    = fault.New(fault.Forbidden, "mfa_verification_rejected", "The second factor was refused")
	errHookClaims        = hook.ErrAnswer
	errInsufficientAAL   = fault.New(fault.Unauthenticated, "insufficient_aal", "AAL2 session is required for this when MFA is enabled")
	errUnenrollAAL       = status(fault.New(fault.Forbidden, "insufficient_aal", "AAL2 required to unenroll verified factor"), http.StatusUnprocessableEntity)
	errLinkingOff        = fault.New(fault.NotFound, "manual_linking_disabled", "Manual linking is disabled")
	errNoAddress         = status(fault.New(fault.Internal, "unexpected_failure", "Error getting user email from external provider"), http.StatusInternalServerError)
	errIdentityExists    = status(fault.New(fault.Conflict, "identity_already_exists", "Identity is already linked to another user"), http.StatusUnprocessableEntity)
	errNotAdmin          = fault.New(fault.Forbidden, "not_admin", "User not allowed")
	errBadID             = status(fault.New(fault.NotFound, "validation_failed", "the id must be an UUID"), http.StatusNotFound)
	errNoUser            = fault.New(fault.NotFound, "user_not_found", "User not found")
	errNoIdentity        = status(fault.New(fault.NotFound, "identity_not_found", "Identity doesn't exist"), http.StatusUnprocessableEntity)
	errOneIdentity       = status(fault.New(fault.Conflict, "single_identity_not_deletable", "User must have at least 1 identity after unlinking"), http.StatusUnprocessableEntity)
	errInternalFallback  = "Internal Server Error"
	errAway              = fault.New(fault.Unavailable, "unexpected_failure", "The database does not answer just now; try again")
	errLate              = fault.New(fault.Timeout, "unexpected_failure", "The database took too long; try again")
)

func status(f *fault.Error, code int) *fault.Error {
	f.Status = code
	return f
}

const apiVersion = "2024-01-01"

// door answers faults as GoTrue does: clients that send an API version get
// {code, message}, older ones {code: status, error_code, msg}.
type door struct{}

// Answer writes f.
func (door) Answer(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	f = translate(f)
	code := wire.Status(f)
	message := f.Message
	if f.Kind == fault.Internal && f.Status == 0 {
		message = errInternalFallback
	}
	body := map[string]any{}
	if r.Header.Get("X-Supabase-Api-Version") >= apiVersion {
		w.Header().Set("X-Supabase-Api-Version", apiVersion)
		body["code"], body["message"] = f.Code, message
	} else {
		body["code"], body["error_code"], body["msg"] = code, f.Code, message
	}
	if f.Code == errWeakPassword.Code {
		body["weak_password"] = map[string][]string{"reasons": strings.Split(f.Detail, ",")}
	}
	text, _ := json.Marshal(body) // strings and numbers: cannot fail
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Sb-Error-Code", f.Code)
	w.WriteHeader(code)
	w.Write(text)
}

// translate gives faults of the floors below GoTrue's codes.
func translate(f *fault.Error) *fault.Error {
	switch f.Code {
	case token.ErrMalformed.Code, token.ErrSignature.Code, token.ErrClaims.Code, token.ErrExpired.Code, token.ErrNotYet.Code, token.ErrIssuedInFuture.Code:
		return status(fault.New(fault.Forbidden, "bad_jwt", "invalid JWT: unable to parse or verify signature, "+f.Message), http.StatusForbidden)
	case wire.ErrBadJSON.Code:
		return errBadJSON
	case "":
		return f
	}
	if len(f.Code) == 5 && (f.Kind == fault.Unavailable || f.Kind == fault.Timeout) {
		// 503 and 504: clients try these again, where a 500 makes them forget the session.
		if f.Kind == fault.Timeout {
			return errLate.WithCause(f)
		}
		return errAway.WithCause(f)
	}
	if len(f.Code) == 5 { // a SQLSTATE that no handler expected
		return fault.New(fault.Internal, "unexpected_failure", errInternalFallback).WithCause(f)
	}
	return f
}

func notFound(http.ResponseWriter, *http.Request) error { return errNoRoute }
