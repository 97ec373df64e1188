package storage

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// The room's faults; codes are the storage service's. Their Status is the one that
// stands in the body.
var (
	errNoBucket      = status(fault.New(fault.NotFound, "NoSuchBucket", "Bucket not found"), 404)
	errNoObject      = status(fault.New(fault.NotFound, "NoSuchKey", "Object not found"), 404)
	errNoUpload      = status(fault.New(fault.NotFound, "NoSuchUpload", "Upload not found"), 404)
	errNoRoute       = status(fault.New(fault.NotFound, "not_found", "Route not found"), 404)
	errNotEmpty      = status(fault.New(fault.Conflict, "InvalidRequest", "The bucket you tried to delete is not empty"), 409)
	errBucketExists  = status(fault.New(fault.Conflict, "BucketAlreadyExists", "The resource already exists"), 409)
	errExists        = status(fault.New(fault.Conflict, "KeyAlreadyExists", "The resource already exists"), 409)
	errDenied        = status(fault.New(fault.Forbidden, "AccessDenied", "new row violates row-level security policy"), 403)
	errTooLarge      = status(fault.New(fault.TooLarge, "EntityTooLarge", "The object exceeded the maximum allowed size"), 413)
	errBucketName    = status(fault.New(fault.Invalid, "InvalidBucketName", "Bucket name invalid"), 400)
	errFileSizeLimit = status(fault.New(fault.Invalid, "InvalidRequest", "Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B"), 400)
	errRange         = status(fault.New(fault.Invalid, "InvalidRange", "invalid range provided"), 416)
	errPrecondition  = status(fault.New(fault.Conflict, "PreconditionFailed", "At least one of the preconditions did not hold"), 412)
	errNoContent     = status(fault.New(fault.Invalid, "InvalidRequest", "No content provided"), 400)
	errBadForm       = status(fault.New(fault.Invalid, "InvalidRequest", "The form could not be read"), 400)
	errBadJSON       = status(fault.New(fault.Invalid, "InvalidRequest", "The body is not valid JSON"), 400)
	errSignature     = status(fault.New(fault.Invalid, "InvalidSignature", "The url do not match the signature"), 400)
	errBadToken      = status(fault.New(fault.Invalid, "InvalidJWT", "Invalid JWT"), 400)
	errExpired       = status(fault.New(fault.Invalid, "InvalidJWT", `"exp" claim timestamp check failed`), 400)
	errFull          = status(fault.New(fault.Unavailable, "InsufficientStorage", "There is no room left for files on this server"), 507)
	errSlowDown      = status(fault.New(fault.TooMany, "SlowDown", "The store of files is busy; come again a little later"), 429)
	errBadLength     = status(fault.New(fault.Invalid, "InvalidRequest", "The body has not the length that was said"), 400)
	errRelated       = status(fault.New(fault.NotFound, "InvalidRequest", "The related resource does not exist"), 404)
	errTimeout       = status(fault.New(fault.Timeout, "DatabaseTimeout", "The connection to the database timed out"), 544)
	errAway          = fault.New(fault.Unavailable, "DatabaseError", "The database does not answer just now; try again")
	errGone          = status(fault.New(fault.NotFound, "NoSuchUpload", "The upload has expired"), 410)
	errVersion       = status(fault.New(fault.Invalid, "TusError", "Tus-Resumable must be 1.0.0"), 412)
	errOffset        = status(fault.New(fault.Conflict, "TusError", "Upload-Offset does not match the upload's offset"), 409)
	errOffsetType    = status(fault.New(fault.Invalid, "TusError", "Content-Type must be application/offset+octet-stream"), 415)
	errFinal         = status(fault.New(fault.Forbidden, "TusError", "A concatenated upload takes no bytes"), 403)
	errChecksum      = status(fault.New(fault.Invalid, "InvalidChecksum", "The bytes do not match Upload-Checksum"), 460)
	errLocked        = status(fault.New(fault.Conflict, "ResourceLocked", "The resource is locked"), 423)
	errCut           = status(fault.New(fault.Timeout, "Aborted", "The upload was cut off; resume it"), 400)
	errRaced         = errors.New("storage: the row appeared meanwhile")
	errInterrupted   = errors.New("storage: another request took over")
	errInternal      = status(fault.New(fault.Internal, "InternalError", "Internal server error"), 500)
)

func errKey(key string) *fault.Error {
	return status(fault.Newf(fault.Invalid, "InvalidKey", "Invalid key: %s", key), 400)
}

func errMime(mime string) *fault.Error {
	return status(fault.Newf(fault.Invalid, "InvalidMimeType", "mime type %s is not supported", mime), 415)
}

func errMissing(property string) *fault.Error {
	return status(fault.Newf(fault.Invalid, "InvalidRequest", "body must have required property '%s'", property), 400)
}

func errParameter(name string) *fault.Error {
	return status(fault.Newf(fault.Invalid, "InvalidParameter", "Invalid Parameter %s", name), 400)
}

// errHeader is the fault of a header of TUS that could not be read.
func errHeader(err error) *fault.Error {
	return status(fault.New(fault.Invalid, "TusError", strings.TrimPrefix(err.Error(), "tus: ")), 400)
}

func status(f *fault.Error, code int) *fault.Error {
	f.Status = code
	return f
}

// label is the member "error" of an answer, which older clients read.
func label(code string) string {
	switch code {
	case "NoSuchBucket":
		return "Bucket not found"
	case "NoSuchKey":
		return "not_found"
	case "KeyAlreadyExists", "BucketAlreadyExists", "ResourceAlreadyExists":
		return "Duplicate"
	case "AccessDenied":
		return "Unauthorized"
	case "InvalidMimeType":
		return "invalid_mime_type"
	case "InvalidRange":
		return "invalid_range"
	case "EntityTooLarge":
		return "Payload too large"
	case "InvalidBucketName":
		return "Invalid Input"
	}
	return code
}

// door answers faults as the storage service does: HTTP 400 whatever it is, with the
// true status as a string in the body, but for what proxies and players must see.
type door struct{}

// Answer writes f.
func (door) Answer(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	f = translate(f)
	code := wire.Status(f)
	text, _ := json.Marshal(struct { // strings: cannot fail
		StatusCode string `json:"statusCode"`
		Error      string `json:"error"`
		Code       string `json:"code"`
		Message    string `json:"message"`
	}{strconv.Itoa(code), label(f.Code), f.Code, f.Message})
	h := w.Header()
	for _, name := range []string{"Content-Disposition", "Content-Encoding", "Content-Security-Policy", "Content-Length", "Etag", "Expires", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if r.Context().Value(truthful{}) == nil {
		code = shown(code)
	}
	w.WriteHeader(code)
	w.Write(text)
}

// truthful marks requests of protocols whose answers carry their true status.
type truthful struct{}

// shown returns the HTTP status for the status of a fault.
func shown(code int) int {
	switch {
	case code >= 500, code == http.StatusTooManyRequests, code == http.StatusRequestedRangeNotSatisfiable, code == http.StatusPreconditionFailed:
		return code
	}
	return http.StatusBadRequest
}

// translate gives faults of the floors below the storage service's codes.
func translate(f *fault.Error) *fault.Error {
	switch f.Code {
	case token.ErrMalformed.Code, token.ErrSignature.Code, token.ErrClaims.Code, token.ErrExpired.Code, token.ErrNotYet.Code, token.ErrIssuedInFuture.Code:
		return status(fault.New(fault.Forbidden, "AccessDenied", tokenMessage(f)), 403)
	case "invalid_api_key", "invalid_role", "no_api_key":
		return status(fault.New(fault.Forbidden, "AccessDenied", f.Message), 403)
	case wire.ErrBadJSON.Code:
		return errBadJSON.WithCause(f)
	case wire.ErrBodyTooLarge.Code:
		return errTooLarge
	case "blob_missing":
		return errNoObject.WithCause(f)
	case "blob_busy":
		return errSlowDown.WithCause(f)
	case "blob_size":
		return errBadLength.WithCause(f)
	case "42501":
		return errDenied.WithCause(f)
	case "23505":
		return status(fault.New(fault.Conflict, "ResourceAlreadyExists", "The resource already exists"), 409)
	case "23503":
		return errRelated.WithCause(f)
	case "57014":
		return errTimeout.WithCause(f)
	case "53100":
		return errFull.WithCause(f)
	case "P0001": // a project's own trigger speaks
		return status(fault.New(fault.Invalid, "DatabaseError", f.Message), 500)
	}
	if len(f.Code) == 5 && f.Kind == fault.Unavailable {
		return errAway.WithCause(f)
	}
	if len(f.Code) == 5 || f.Kind == fault.Internal { // a SQLSTATE that no handler expected
		return errInternal.WithCause(f)
	}
	return f
}

func tokenMessage(f *fault.Error) string {
	switch f.Code {
	case token.ErrExpired.Code:
		return `"exp" claim timestamp check failed`
	case token.ErrMalformed.Code:
		return "Invalid Compact JWS"
	case token.ErrSignature.Code:
		return "signature verification failed"
	}
	return f.Message
}
