package jsonb

import "testing"

// Scanning canonical text must find what the tree holds.
func TestScanAgreesWithTree(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`{"a": 1, "b": {"c": [1, "]", {"d": "}"}]}, "e\"x": "q\\\"", "é": null, "": [], "long key": {}}`,
		`[1, "a, b", [2, [3]], {"k": "v"}, true, null, "\\"]`,
		`{}`, `[]`, `"str"`, `5`,
	} {
		canon, err := Canonical(src)
		if err != nil {
			t.Fatal(err)
		}
		j := Read(canon)
		for _, m := range j.O {
			if got, ok := Get(canon, m.Key); !ok || got != m.Val.String() {
				t.Errorf("Get(%s, %q) = %s, %v; want %s", canon, m.Key, got, ok, m.Val)
			}
		}
		for i, e := range j.A {
			if got, ok := Index(canon, i); !ok || got != e.String() {
				t.Errorf("Index(%s, %d) = %s, %v; want %s", canon, i, got, ok, e)
			}
		}
		if _, ok := Get(canon, "missing"); ok {
			t.Errorf("Get(%s, missing) finds something", canon)
		}
		if _, ok := Index(canon, 99); ok {
			t.Errorf("Index(%s, 99) finds something", canon)
		}
	}
}

func TestScanReadsLooseText(t *testing.T) {
	t.Parallel()
	src := " {\"a\" :1,\n\"b\":[ 1,{\"c\" : true } ] } "
	for _, c := range []struct {
		path []string
		want string
	}{{[]string{"a"}, "1"}, {[]string{"b", "0"}, "1"}, {[]string{"b", "1", "c"}, "true"}, {[]string{"b", "-1", "c"}, "true"}} {
		if got, ok := Path(src, c.path); !ok || got != c.want {
			t.Errorf("Path(%q) = %q, %v; want %q", c.path, got, ok, c.want)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add(`{"a": [1, {"b": "}"}], "c": "\""}`, "a")
	f.Fuzz(func(t *testing.T, src, key string) {
		j, err := Parse(src)
		if err != nil {
			return
		}
		canon := j.String()
		want, found := j.Field(key)
		got, ok := Get(canon, key)
		if ok != found || ok && got != want.String() {
			t.Fatalf("Get(%s, %q) = %s, %v", canon, key, got, ok)
		}
		for i, e := range j.A {
			if got, _ := Index(canon, i); got != e.String() {
				t.Fatalf("Index(%s, %d) = %s", canon, i, got)
			}
		}
	})
}
