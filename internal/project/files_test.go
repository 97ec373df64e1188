package project

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhereFilesAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"config.toml": "[plinth.storage]\nbackend = \"s3\"\n[plinth.storage.s3]\nbucket = \"b\"\nregion = \"r\"\nsecret_key = \"env(KEY)\"\nvirtual_host = true\n",
		"secret":      "from a file\n",
	})
	key := filepath.Join(dir, "secret")
	for _, c := range []struct {
		env  map[string]string
		want S3
	}{
		{map[string]string{"KEY": "k"}, S3{Bucket: "b", Region: "r", SecretKey: "k", VirtualHost: true}},
		{map[string]string{"PLINTH_STORAGE_S3_SECRET_KEY_FILE": key, "PLINTH_STORAGE_S3_VIRTUAL_HOST": "false"}, S3{Bucket: "b", Region: "r", SecretKey: "from a file"}},
		{
			map[string]string{"STORAGE_S3_BUCKET": "theirs", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s", "STORAGE_S3_ENDPOINT": "http://e"},
			S3{Bucket: "theirs", Region: "r", AccessKey: "id", SecretKey: "s", Endpoint: "http://e", VirtualHost: true},
		},
		{
			map[string]string{"STORAGE_S3_BUCKET": "theirs", "PLINTH_STORAGE_S3_BUCKET": "ours", "PLINTH_STORAGE_S3_PREFIX": "p/"},
			S3{Bucket: "ours", Prefix: "p/", Region: "r", VirtualHost: true},
		},
	} {
		p, err := Open(dir, func(name string) string { return c.env[name] })
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Config.Plinth.Storage; got.S3 != c.want || got.Backend != "s3" {
			t.Errorf("%v gives %+v, want %+v", c.env, got, c.want)
		}
		if text := fmt.Sprintf("%+v", p.Config.Plinth); strings.Contains(text, "from a file") {
			t.Errorf("the secret is printed: %s", text)
		}
	}
	empty := t.TempDir()
	p, err := Open(empty, noEnv)
	if err != nil || p.Config.Plinth.Storage.Backend != "disk" {
		t.Errorf("by itself: %+v, %v", p.Config.Plinth.Storage, err)
	}
	for want, env := range map[string]map[string]string{
		"must be disk or s3": {"PLINTH_STORAGE_BACKEND": "tape"}, "true or false": {"PLINTH_STORAGE_S3_VIRTUAL_HOST": "x"}, "SECRET_KEY_FILE": {"PLINTH_STORAGE_S3_SECRET_KEY_FILE": "/none"},
	} {
		if _, err := Open(empty, func(name string) string { return env[name] }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", env, err, want)
		}
	}
}
