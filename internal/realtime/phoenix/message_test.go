package phoenix

import (
	"bytes"
	"reflect"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	msg := func(joinRef, ref Ref, topic, event, payload string) Message {
		return Message{JoinRef: joinRef, Ref: ref, Topic: topic, Event: event, Payload: []byte(payload)}
	}
	tests := []struct {
		v    Version
		in   string
		want Message
		bad  bool
	}{
		{V2, `["1","2","t","e",{"a":1}]`, msg(`"1"`, `"2"`, "t", "e", `{"a":1}`), false},
		{V2, `[null, 3, "t", "e", null]`, msg("", "3", "t", "e", `{}`), false},
		{V2, `[null,null,"t",null,{}]`, Message{}, true},
		{V2, `[null,null,"t","e"]`, Message{}, true},
		{V2, `[{},null,"t","e",{}]`, Message{}, true},
		{V2, `{"topic":"t","event":"e"}`, Message{}, true},
		{V1, `{"topic":"t","event":"e","payload":{},"ref":"1","join_ref":"2"}`, msg(`"2"`, `"1"`, "t", "e", `{}`), false},
		{V1, `{"topic":"t","event":"e"}`, msg("", "", "t", "e", `{}`), false},
		{V1, `{"topic":"t"}`, Message{}, true},
		{V1, `[]`, Message{}, true},
	}
	for _, tt := range tests {
		got, err := tt.v.Parse([]byte(tt.in))
		if (err != nil) != tt.bad || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Parse(%s) = %+v, %v", tt.in, got, err)
		}
	}
}

func TestBinary(t *testing.T) {
	t.Parallel()
	frame := "\x03\x01\x02\x01\x01\x07\x011" + "22" + "te" + `{"a":1}` + ` [1] `
	b, event, err := ParseBinary([]byte(frame))
	want := Broadcast{JoinRef: `"1"`, Ref: `"22"`, Topic: "t", Event: "e", Meta: []byte(`{"a":1}`), Payload: []byte("[1]")}
	if err != nil || event != "broadcast" || !reflect.DeepEqual(b, want) {
		t.Fatalf("ParseBinary = %+v %q %v", b, event, err)
	}
	out, ok := AppendDeliver(nil, &b)
	if !ok || string(out) != "\x04\x01\x01\x07\x01te"+`{"a":1}[1]` {
		t.Errorf("AppendDeliver = %q", out)
	}
	for _, bad := range []string{"", "\x03", "\x03\x09\x00\x00\x00\x00\x00a", "\x03\x00\x00\x01\x01\x00\x02tex", "\x03\x00\x00\x01\x01\x00\x01te{", "\x03\x00\x00\x01\x01\x00\x01te\"\xff\"", "\x05"} {
		if _, _, err := ParseBinary([]byte(bad)); err == nil {
			t.Errorf("ParseBinary(%q) succeeded", bad)
		}
	}
	if b, event, err := ParseBinary([]byte("\x00\x01\x01\x01\x0512tevent\xff")); err != nil || event != "event" || b.Topic != "t" || !b.Bytes {
		t.Errorf("push: %+v %q %v", b, event, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`["1","2","t","e",{"a":1}]`))
	f.Add([]byte(`{"topic":"t","event":"e","payload":{},"ref":"1"}`))
	f.Add([]byte("\x03\x01\x02\x01\x01\x07\x011" + "22" + "te" + `{"a":1}` + `[1]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, v := range []Version{V1, V2} {
			m, err := v.Parse(in)
			if err != nil {
				continue
			}
			again, err := v.Parse(v.Append(nil, &m))
			if v == V1 {
				again.JoinRef = m.JoinRef // which version 1 does not tell
			}
			if err != nil || again.Topic != m.Topic || again.Ref != m.Ref || again.JoinRef != m.JoinRef || !bytes.Equal(again.Payload, m.Payload) {
				t.Fatalf("%d: %+v became %+v, %v", v, m, again, err)
			}
		}
		if b, _, err := ParseBinary(in); err == nil {
			AppendDeliver(nil, &b)
		}
	})
}
