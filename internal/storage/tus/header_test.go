package tus

import (
	"reflect"
	"testing"
)

func TestParseMetadata(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		"":                       {},
		"bucketName cHVi,a YQ==": {"bucketName": "pub", "a": "a"},
		"is_confidential":        {"is_confidential": ""},
		"a YQ==, b Yg==":         {"a": "a", "b": "b"},
		"a YQ==,a Yg==":          nil,
		"a !!!":                  nil,
		",":                      nil,
		"ä YQ==":                 nil,
	} {
		got, err := ParseMetadata(text)
		if (err != nil) != (want == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("ParseMetadata(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseLength(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "10": 10, "9223372036854775807": 1<<63 - 1} {
		if got, err := ParseLength(text); err != nil || got != want {
			t.Errorf("ParseLength(%q) = %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-1", "+1", "1.5", "0x1", " 1", "9223372036854775808", "1_000"} {
		if n, err := ParseLength(text); err == nil {
			t.Errorf("ParseLength(%q) = %d", text, n)
		}
	}
}

func TestParseConcat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{"": {""}, "partial": {"partial"}, "final;/a/b http://h/c?x": {"final", "b", "c"}} {
		kind, ids, err := ParseConcat(text)
		if got := append([]string{kind}, ids...); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseConcat(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"final", "final;", "final;/a/", "partial;x", "other"} {
		if _, _, err := ParseConcat(text); err == nil {
			t.Errorf("ParseConcat(%q) is taken", text)
		}
	}
}

func TestChecksum(t *testing.T) {
	t.Parallel()
	c, err := ParseChecksum("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=")
	if err != nil {
		t.Fatal(err)
	}
	c.Write([]byte("hello"))
	if !c.Holds() {
		t.Error("the sum of hello does not hold")
	}
	c.Write([]byte("!"))
	if c.Holds() {
		t.Error("a wrong sum holds")
	}
	for _, text := range []string{"", "sha1", "sha1 YQ==", "sha512 YQ==", "sha1 ???"} {
		if _, err := ParseChecksum(text); err == nil {
			t.Errorf("ParseChecksum(%q) is taken", text)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"", "a YQ==,b", "final;/a /b", "sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", "10", "partial", ",,,", " ", "final; / "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := ParseMetadata(text); err == nil {
			for k := range m {
				if !isKey(k) {
					t.Errorf("key %q", k)
				}
			}
		}
		if n, err := ParseLength(text); err == nil && n < 0 {
			t.Errorf("length %d", n)
		}
		if kind, ids, err := ParseConcat(text); err == nil && (kind == Final) != (len(ids) > 0) {
			t.Errorf("concat %q %v", kind, ids)
		}
		if c, err := ParseChecksum(text); err == nil && len(c.want) != c.Size() {
			t.Errorf("checksum %q", c.want)
		}
	})
}
