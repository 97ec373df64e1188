package hook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/token"
)

// readSecrets reads "v1,whsec_<base64>", several separated by |, so that one can be
// changed for another while both are good.
func readSecrets(list token.Secret) ([][]byte, error) {
	var out [][]byte
	for s := range strings.SplitSeq(string(list), "|") {
		body, ok := strings.CutPrefix(strings.TrimSpace(s), "v1,whsec_")
		key, err := base64.StdEncoding.DecodeString(body)
		if !ok || err != nil || len(key) < 16 {
			return nil, errors.New("secrets must be v1,whsec_<base64 of 16 bytes or more>, several separated by |")
		}
		out = append(out, key)
	}
	return out, nil
}

// sign is the signature of Standard Webhooks, one for each secret.
func sign(secrets [][]byte, id, at string, body []byte) string {
	var out []string
	for _, key := range secrets {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(id + "." + at + "."))
		m.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
	}
	return strings.Join(out, " ")
}

// busy is an answer after which the same request may be sent again.
type busy struct {
	status string
	after  time.Duration
}

func (b busy) Error() string { return "it answers " + b.status }

// post asks, and asks again where the server is busy.
func (s *Service) post(ctx context.Context, t target, event []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, httpTime)
	defer cancel()
	for try := 1; ; try++ {
		text, err := s.once(ctx, t, event)
		var b busy
		if !errors.As(err, &b) || try == httpTries {
			if err != nil && ctx.Err() != nil {
				err = ErrTimeout.WithCause(err)
			}
			return text, err
		}
		select {
		case <-time.After(min(b.after, longestNap)):
		case <-ctx.Done():
			return nil, ErrTimeout.WithCause(err)
		}
	}
}

// once sends one signed request.
func (s *Service) once(ctx context.Context, t target, event []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	var raw [16]byte
	rand.Read(raw[:]) // never fails
	id, at := "msg_"+hex.EncodeToString(raw[:]), strconv.FormatInt(s.cfg.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", sign(t.secrets, id, at, event))
	res, err := s.cfg.HTTP.Do(req)
	if err != nil {
		return nil, ErrFailed.WithCause(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, ErrFailed.WithCause(err)
	case len(text) > maxAnswer:
		return nil, ErrSize
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable:
		after, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if err != nil || after < 0 {
			after = 0
		}
		return nil, ErrFailed.WithCause(busy{res.Status, time.Duration(after) * time.Second})
	case res.StatusCode == http.StatusNoContent:
		return nil, nil
	case res.StatusCode/100 != 2:
		return nil, ErrFailed.WithCause(fmt.Errorf("it answers %s", res.Status))
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "application/json" && len(text) > 0 {
		return nil, ErrAnswer.WithCause(fmt.Errorf("its answer is %q, not JSON", kind))
	}
	return text, nil
}
