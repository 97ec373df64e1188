package gauge

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
)

func TestLogsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLXRoYXQtaXM"
	var out bytes.Buffer
	log := slog.New(Redact(slog.NewJSONHandler(&out, nil), true)).With("dsn", "postgres://app:hunter2@db/x")
	log.Error("sign-in of ann@example.com failed: token="+jwt, "error", errors.New("dial postgres://app:hunter2@10.0.0.1/db: refused"),
		"password", "hunter2", "Authorization", "Basic aHVudGVyMg==", "header", "authorization: Bearer "+jwt, "n", 7,
		slog.Group("request", "key", "sb_secret_hunter2", "body", `{"password":"hunter2","email":"ann@example.com"}`),
		"query", "apikey=hunter2&select=id", "any", struct{ Secret string }{"secret=hunter2"})
	text := out.String()
	for _, secret := range []string{"hunter2", "eyJ", "aHVudGVyMg", "ann@"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the log: %s", secret, text)
		}
	}
	for _, kept := range []string{"@example.com", "10.0.0.1/db: refused", `"n":7`, "select=id", "sign-in of"} {
		if !strings.Contains(text, kept) {
			t.Errorf("%s is not in the log: %s", kept, text)
		}
	}
}

func TestWhatIsNoSecretStays(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(Redact(slog.NewTextHandler(&out, nil), false))
	log.Info("request", "path", "/rest/v1/todos", "sql", "select id from todos where owner = $1", "who", "ann@example.com",
		"cause", errors.New(`pq: column "x" does not exist`), "url", "http://127.0.0.1:54321/x")
	for _, want := range []string{"select id from todos where owner = $1", "ann@example.com", "does not exist", "http://127.0.0.1:54321/x"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the log: %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), Hidden) {
		t.Errorf("something was hidden: %s", out.String())
	}
}

func BenchmarkAccessLine(b *testing.B) {
	plain := slog.NewJSONHandler(io.Discard, nil)
	for name, h := range map[string]slog.Handler{"plain": plain, "redacted": Redact(plain, true)} {
		log := slog.New(h)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				log.LogAttrs(b.Context(), slog.LevelInfo, "request", slog.String("id", "0123456789abcdef"), slog.String("method", "GET"),
					slog.String("path", "/rest/v1/messages"), slog.Int("status", 200), slog.Int64("bytes", 812), slog.Int64("us", 120), slog.String("filter", "public.messages(id)"))
			}
		})
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("token=hunter2 eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x ann@example.com")
	h := &redactor{slog.DiscardHandler, true}
	f.Fuzz(func(t *testing.T, text string) {
		once := h.Text(text)
		if tokens.MatchString(once) {
			t.Errorf("%q became %q, which has a token", text, once)
		}
	})
}
