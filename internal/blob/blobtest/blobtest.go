// Package blobtest is the contract of blob.Store as tests: each driver and each
// decorator calls Run. It may be imported by tests only.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Run proves that what open returns keeps the contract. Each call of open gives an
// empty store.
func Run(t *testing.T, open func(*testing.T) blob.Store) {
	for _, c := range []struct {
		sentence string
		test     func(*suite)
	}{
		{"Put keeps what it read to the end", (*suite).roundTrip},
		{"Put replaces in one step", (*suite).replace},
		{"when the reader fails nothing is kept and what was there stays", (*suite).failingReader},
		{"when the context ends nothing is kept", (*suite).cancelled},
		{"bytes that are not as many as was said are refused", (*suite).wrongSize},
		{"large blobs pass, their size known or not", (*suite).large},
		{"Join keeps the sources one after the other, and they stay", (*suite).join},
		{"Join takes sources of any size", (*suite).joinUneven},
		{"Get returns the bytes of a range", (*suite).ranges},
		{"a reader keeps its bytes when the blob is deleted", (*suite).deleteWhileReading},
		{"what is not there is ErrMissing, and deleting it is no error", (*suite).missing},
		{"List yields the keys that begin with a prefix", (*suite).list},
		{"Tidy leaves finished blobs alone", (*suite).tidy},
		{"keys that could lead elsewhere are refused", (*suite).badKeys},
		{"of many who create one key at once one succeeds, and its bytes stay", (*suite).create},
		{"many may put and get at once", (*suite).concurrent},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			c.test(&suite{t, open(t), context.Background()})
		})
	}
}

type suite struct {
	t   *testing.T
	s   blob.Store
	ctx context.Context
}

func (s *suite) put(key, text string) {
	s.t.Helper()
	info, err := s.s.Put(s.ctx, key, strings.NewReader(text), int64(len(text)))
	if err != nil || info.Size != int64(len(text)) || info.Key != key {
		s.t.Fatalf("Put(%q) = %+v, %v, want %d bytes", key, info, err, len(text))
	}
}

func (s *suite) get(key string, rng blob.Range) string {
	s.t.Helper()
	r, err := s.s.Get(s.ctx, key, rng)
	if err != nil {
		s.t.Fatalf("Get(%q, %v): %v", key, rng, err)
	}
	text, err := io.ReadAll(r)
	if cerr := r.Close(); err != nil || cerr != nil {
		s.t.Fatalf("Get(%q, %v): %v, %v", key, rng, err, cerr)
	}
	return string(text)
}

func (s *suite) want(key, text string) {
	s.t.Helper()
	if got := s.get(key, blob.Whole); got != text {
		s.t.Errorf("Get(%q) has %d bytes, want %d", key, len(got), len(text))
	}
}

func (s *suite) gone(key string) {
	s.t.Helper()
	if _, err := s.s.Stat(s.ctx, key); !errors.Is(err, blob.ErrMissing) {
		s.t.Errorf("Stat(%q) = %v, want ErrMissing", key, err)
	}
}

func (s *suite) keys(prefix string) []string {
	s.t.Helper()
	var out []string
	for info, err := range s.s.List(s.ctx, prefix) {
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, info.Key)
	}
	slices.Sort(out)
	return out
}

func (s *suite) roundTrip() {
	for i, size := range []int{0, 1, 511, 128 << 10, 1<<20 + 3} {
		key, text := fmt.Sprintf("k%d", i), strings.Repeat("x", size)
		s.put(key, text)
		s.want(key, text)
		info, err := s.s.Stat(s.ctx, key)
		if err != nil || info.Size != int64(size) || time.Since(info.Modified) > time.Hour {
			s.t.Errorf("Stat = %+v, %v", info, err)
		}
	}
	if _, err := s.s.Put(s.ctx, "slow", iotest.OneByteReader(strings.NewReader("abc")), -1); err != nil {
		s.t.Error(err)
	}
	s.want("slow", "abc")
}

func (s *suite) replace() {
	s.put("k", "first")
	r, err := s.s.Get(s.ctx, "k", blob.Whole)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	s.put("k", "2nd")
	if old, err := io.ReadAll(r); err != nil || string(old) != "first" {
		s.t.Errorf("a reader from before = %q, %v", old, err)
	}
	s.want("k", "2nd")
}

var errReader = errors.New("the line is cut")

// Each size is that of a way of its own in some driver: in memory, in one request,
// in parts.
func (s *suite) failingReader() {
	s.put("old", "stays")
	for _, key := range []string{"new", "old"} {
		for _, n := range []int{100, 300 << 10, 10 << 20} {
			for _, size := range []int64{-1, int64(n) + 1<<20} {
				broken := io.MultiReader(strings.NewReader(strings.Repeat("x", n)), iotest.ErrReader(errReader))
				if _, err := s.s.Put(s.ctx, key, broken, size); !errors.Is(err, errReader) {
					s.t.Errorf("Put of %d bytes and size %d = %v, want the reader's own error", n, size, err)
				}
			}
		}
	}
	s.gone("new")
	s.want("old", "stays")
	if got := s.keys(""); !slices.Equal(got, []string{"old"}) {
		s.t.Errorf("keys = %v", got)
	}
}

func (s *suite) wrongSize() {
	for _, n := range []int{0, 100, 64 << 10, 1 << 20, 9 << 20} {
		for _, size := range []int64{int64(n) - 1, int64(n) + 1} {
			if size < 0 {
				continue
			}
			if _, err := s.s.Put(s.ctx, "k", strings.NewReader(strings.Repeat("x", n)), size); !errors.Is(err, blob.ErrSize) {
				s.t.Errorf("Put of %d bytes as %d = %v, want ErrSize", n, size, err)
			}
		}
	}
	s.gone("k")
}

// pattern is a blob's bytes, of which no two megabytes are alike.
func pattern(n int, seed byte) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func (s *suite) wantBytes(key string, rng blob.Range, want []byte) {
	s.t.Helper()
	if got := s.get(key, rng); got != string(want) {
		s.t.Errorf("Get(%q, %v) has %d bytes, or other ones than the %d that were put", key, rng, len(got), len(want))
	}
}

func (s *suite) large() {
	data := pattern(17<<20+5, 1)
	for key, size := range map[string]int64{"known": int64(len(data)), "unknown": -1} {
		info, err := s.s.Put(s.ctx, key, iotest.DataErrReader(bytes.NewReader(data)), size)
		if err != nil || info.Size != int64(len(data)) {
			s.t.Fatalf("Put = %+v, %v", info, err)
		}
		s.wantBytes(key, blob.Whole, data)
		s.wantBytes(key, blob.Range{Offset: 8<<20 - 3, Length: 10}, data[8<<20-3:8<<20+7])
	}
	for _, n := range []int{8 << 20, 16 << 20} { // whole parts
		if _, err := s.s.Put(s.ctx, "parts", bytes.NewReader(data[:n]), -1); err != nil {
			s.t.Fatal(err)
		}
		s.wantBytes("parts", blob.Whole, data[:n])
	}
}

func (s *suite) joinUneven() {
	var whole []byte
	var keys []string
	for i, n := range []int{8 << 20, 3 << 20, 5<<20 + 1, 0, 8 << 20, 7} {
		data := pattern(n, byte(i))
		keys = append(keys, fmt.Sprintf("k%d", i))
		s.put(keys[i], string(data))
		whole = append(whole, data...)
	}
	if info, err := s.s.Join(s.ctx, "all", keys...); err != nil || info.Size != int64(len(whole)) {
		s.t.Errorf("Join = %+v, %v", info, err)
	}
	s.wantBytes("all", blob.Whole, whole)
	if _, err := s.s.Join(s.ctx, "copy", "all"); err != nil {
		s.t.Error(err)
	}
	s.wantBytes("copy", blob.Whole, whole)
}

func (s *suite) cancelled() {
	ctx, cancel := context.WithCancel(s.ctx)
	r := io.MultiReader(strings.NewReader("begin"), readerFunc(func([]byte) (int, error) { cancel(); return 0, nil }))
	if _, err := s.s.Put(ctx, "k", r, -1); !errors.Is(err, context.Canceled) {
		s.t.Errorf("Put = %v", err)
	}
	s.gone("k")
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (s *suite) join() {
	a, b := strings.Repeat("a", 5<<20), strings.Repeat("b", 100)
	s.put("a", a)
	s.put("b", b)
	info, err := s.s.Join(s.ctx, "ab", "a", "b")
	if err != nil || info.Size != int64(len(a)+len(b)) {
		s.t.Errorf("Join = %+v, %v", info, err)
	}
	s.want("ab", a+b)
	s.want("a", a)
	if _, err := s.s.Join(s.ctx, "copy", "b"); err != nil {
		s.t.Error(err)
	}
	s.put("b", "changed")
	s.want("copy", b)
	if _, err := s.s.Join(s.ctx, "no", "a", "none"); !errors.Is(err, blob.ErrMissing) {
		s.t.Errorf("Join with a missing source = %v", err)
	}
	s.gone("no")
	if info, err := s.s.Join(s.ctx, "empty"); err != nil || info.Size != 0 {
		s.t.Errorf("Join of nothing = %+v, %v", info, err)
	}
}

func (s *suite) ranges() {
	s.put("k", "0123456789")
	for rng, want := range map[blob.Range]string{
		{}: "0123456789", {Offset: 3}: "3456789", {Offset: 3, Length: 2}: "34",
		{Length: 4}: "0123", {Offset: 9, Length: 1}: "9", {Offset: 8, Length: 100}: "89",
	} {
		if got := s.get("k", rng); got != want {
			s.t.Errorf("Get(%v) = %q, want %q", rng, got, want)
		}
	}
	for _, rng := range []blob.Range{{Offset: 10}, {Offset: 1 << 40}} {
		if _, err := s.s.Get(s.ctx, "k", rng); !errors.Is(err, blob.ErrRange) {
			s.t.Errorf("Get(%v) = %v, want ErrRange", rng, err)
		}
	}
	s.put("empty", "")
	s.want("empty", "")
}

func (s *suite) deleteWhileReading() {
	text := strings.Repeat("0123456789", 200_000)
	s.put("k", text)
	r, err := s.s.Get(s.ctx, "k", blob.Range{Offset: 10, Length: int64(len(text)) - 10})
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	var got bytes.Buffer
	if _, err := io.CopyN(&got, r, 1000); err != nil {
		s.t.Fatal(err)
	}
	if err := s.s.Delete(s.ctx, "k"); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.Copy(&got, r); err != nil || got.String() != text[10:] {
		s.t.Errorf("after the delete: %d bytes, %v", got.Len(), err)
	}
	s.gone("k")
}

func (s *suite) missing() {
	if _, err := s.s.Get(s.ctx, "none", blob.Whole); !errors.Is(err, blob.ErrMissing) {
		s.t.Errorf("Get = %v", err)
	}
	s.gone("none")
	s.put("k", "x")
	if err := s.s.Delete(s.ctx, "none", "k", "none2"); err != nil {
		s.t.Errorf("Delete = %v", err)
	}
	s.gone("k")
}

func (s *suite) list() {
	if got := s.keys(""); len(got) != 0 {
		s.t.Errorf("an empty store has %v", got)
	}
	var all []string
	for i := range 300 {
		all = append(all, fmt.Sprintf("k%03d", i))
		s.put(all[i], "x")
	}
	s.put("z.1", "xy")
	if got := s.keys("k"); !slices.Equal(got, all) {
		s.t.Errorf("List has %d keys, want %d", len(got), len(all))
	}
	if got := s.keys("z."); !slices.Equal(got, []string{"z.1"}) {
		s.t.Errorf("List(z.) = %v", got)
	}
	n := 0
	for range s.s.List(s.ctx, "") {
		if n++; n == 3 {
			break
		}
	}
}

func (s *suite) tidy() {
	s.put("k", "x")
	if err := s.s.Tidy(s.ctx, time.Now().Add(time.Hour)); err != nil {
		s.t.Error(err)
	}
	s.want("k", "x")
}

func (s *suite) badKeys() {
	for _, key := range BadKeys() {
		if _, err := s.s.Put(s.ctx, key, strings.NewReader("x"), -1); !errors.Is(err, blob.ErrKey) {
			s.t.Errorf("Put(%q) = %v, want ErrKey", key, err)
		}
		if _, err := s.s.Get(s.ctx, key, blob.Whole); !errors.Is(err, blob.ErrKey) {
			s.t.Errorf("Get(%q) = %v, want ErrKey", key, err)
		}
		if err := s.s.Delete(s.ctx, key); !errors.Is(err, blob.ErrKey) {
			s.t.Errorf("Delete(%q) = %v, want ErrKey", key, err)
		}
	}
	if got := s.keys(""); len(got) != 0 {
		s.t.Errorf("keys = %v", got)
	}
}

// BadKeys are keys that no store takes.
func BadKeys() []string {
	return []string{"", ".", "..", "../x", "a/b", "/etc/passwd", "a\x00b", "A", "ä", "a b", "a\\b", ".hidden", "-x", strings.Repeat("a", blob.MaxKey+1)}
}

func (s *suite) concurrent() {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				key, text := fmt.Sprintf("k%d", j%3), strings.Repeat(fmt.Sprint(i), 1000)
				if _, err := s.s.Put(s.ctx, key, strings.NewReader(text), int64(len(text))); err != nil {
					s.t.Error(err)
				}
				r, err := s.s.Get(s.ctx, key, blob.Whole)
				if err != nil {
					s.t.Error(err)
					continue
				}
				got, _ := io.ReadAll(r)
				r.Close()
				if len(got) != 1000 || strings.Trim(string(got), string(got[:1])) != "" {
					s.t.Error("a reader saw a mixture")
				}
			}
		})
	}
	wg.Wait()
}
