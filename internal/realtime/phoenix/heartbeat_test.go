package phoenix

import (
	"strconv"
	"strings"
	"testing"
)

// slow is the answer as it is without the short way, nil for none.
func slow(v Version, msg string) []byte {
	m, err := v.Parse([]byte(msg))
	if err != nil || m.Topic != "phoenix" || m.Ref == "" {
		return nil
	}
	m.Event, m.Payload = "phx_reply", []byte(`{"status":"ok","response":{}}`)
	return v.Append(nil, &m)
}

// What clients send is read, and answered as by the long way.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    Version
		msg  string
		none bool
	}{
		{V2, `[null,"5","phoenix","heartbeat",{}]`, false},
		{V2, `["1", 50, "phoenix", "heartbeat", {}]`, false},
		{V1, `{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}`, false},
		{V1, `{"event": "heartbeat", "join_ref": null, "payload": {}, "ref": "hb-1_a", "topic": "phoenix"}`, false},
		{V2, `[null,null,"phoenix","heartbeat",{}]`, true},
		{V2, `[null,"5","phoenix","heartbeat",{}]]`, true},
		{V2, ` null,"5","phoenix","heartbeat",{}]`, true},
		{V2, `[null,05,"phoenix","heartbeat",{}]`, true},
		{V2, `[null,"5\"","phoenix","heartbeat",{}]`, true},
		{V2, `[null,"5","room","heartbeat",{}]`, true},
		{V2, ``, true},
		{V1, `{"topic":"phoenix","event":"heartbeat","payload":{}}`, true},
		{V1, `{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"`, true},
		{V1, `{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}}`, true},
		{V1, `{"topic":"room","event":"heartbeat","payload":{},"ref":"1"}`, true},
		{V1, `}`, true},
	} {
		got := string(tt.v.Heartbeat(nil, []byte(tt.msg)))
		if tt.none != (got == "") || !tt.none && got != string(slow(tt.v, tt.msg)) {
			t.Errorf("%s: %q", tt.msg, got)
		}
	}
}

// It allocates nothing. (Allocations are counted without another test beside.)
func TestHeartbeatIsFree(t *testing.T) {
	dst, msg := make([]byte, 0, 200), []byte(`[null,"5","phoenix","heartbeat",{}]`)
	if n := testing.AllocsPerRun(100, func() { V2.Heartbeat(dst, msg) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The short way never answers what the long way would not, or otherwise.
func FuzzHeartbeat(f *testing.F) {
	for _, s := range []string{
		`[null,"5","phoenix","heartbeat",{}]`, `["1", 0, "phoenix", "heartbeat", {}]`, `{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}`,
		`{"ref": 7, "join_ref": "2", "payload": {}, "event": "heartbeat", "topic": "phoenix"}`, `{"ref":1,"ref":null,"topic":"phoenix","event":"heartbeat"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, msg string) {
		for _, v := range []Version{V1, V2} {
			if got := v.Heartbeat(nil, []byte(msg)); got != nil && string(got) != string(slow(v, msg)) {
				t.Fatalf("%s: %s, not %s", strconv.Quote(msg), got, slow(v, msg))
			}
		}
	})
}

func BenchmarkHeartbeat(b *testing.B) {
	for v, text := range map[Version]string{V1: `{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"17"}`, V2: `[null,"17","phoenix","heartbeat",{}]`} {
		msg, dst := []byte(text), make([]byte, 0, 200)
		name := strings.Repeat("I", int(v))
		b.Run(name+"/short", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Heartbeat(dst, msg)
			}
		})
		b.Run(name+"/long", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				slow(v, text)
			}
		})
	}
}
