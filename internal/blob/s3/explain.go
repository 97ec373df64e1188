package s3

import (
	"context"
	"errors"
	"net/http"
	"syscall"

	"github.com/minio/minio-go/v7"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/fault"
)

// explain gives an error of the service its fault. Faults, and errors of the reader
// that a put was given, stay as they are.
func explain(err error) error {
	var known *fault.Error
	var own readerError
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &own):
		return own.error
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return blob.ErrFull.WithCause(err)
	}
	answer := minio.ToErrorResponse(err)
	switch answer.Code {
	case "NoSuchKey":
		return blob.ErrMissing.WithCause(err)
	case "PreconditionFailed":
		return blob.ErrExists.WithCause(err)
	case "InvalidRange":
		return blob.ErrRange.WithCause(err)
	case "QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge":
		return blob.ErrFull.WithCause(err)
	case "SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ServiceUnavailable":
		return blob.ErrBusy.WithCause(err)
	}
	if answer.StatusCode == http.StatusInsufficientStorage {
		return blob.ErrFull.WithCause(err)
	}
	return blob.ErrIO.WithCause(err)
}

func ignoreMissing(err error) error {
	if err != nil && minio.ToErrorResponse(err).Code == "NoSuchKey" {
		return nil
	}
	return err
}

// cannot reports whether the service does not have what was asked for.
func cannot(err error) bool {
	answer := minio.ToErrorResponse(err)
	switch answer.StatusCode {
	case http.StatusNotImplemented, http.StatusMethodNotAllowed, http.StatusLengthRequired:
		return true
	}
	return answer.Code == "NotImplemented" || answer.Code == "MissingContentLength"
}
