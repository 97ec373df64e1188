package project

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/token"
)

// Files is [storage].
type Files struct {
	FileSizeLimit Bytes             `toml:"file_size_limit"` // of one file; a bucket may ask for less
	Buckets       map[string]Bucket `toml:"buckets"`         // which dev makes
}

// Bucket is [storage.buckets.<name>].
type Bucket struct {
	Public        bool     `toml:"public"`
	FileSizeLimit Bytes    `toml:"file_size_limit"` // 0 for that of all
	MimeTypes     []string `toml:"allowed_mime_types"`
}

// Store is [plinth.storage]: where the bytes of files are kept.
type Store struct {
	Backend string `toml:"backend"` // "disk", in the data folder, or "s3"
	S3      S3     `toml:"s3"`
}

// S3 is [plinth.storage.s3].
type S3 struct {
	Endpoint    string       `toml:"endpoint"`     // URL of the service, "" for AWS
	Region      string       `toml:"region"`       // "" for us-east-1
	Bucket      string       `toml:"bucket"`       // which must be there
	Prefix      string       `toml:"prefix"`       // of every key, such as "files/"
	VirtualHost bool         `toml:"virtual_host"` // the bucket is part of the host's name; so it is on AWS
	AccessKey   string       `toml:"access_key"`
	SecretKey   token.Secret `toml:"secret_key"`
}

// fromEnv takes what the environment says instead of config.toml. The second names are
// those of Supabase's own storage service.
func (s *Store) fromEnv(getenv func(string) string) error {
	var errs []error
	look := func(names ...string) string {
		for _, n := range names {
			if v := getenv(n); v != "" {
				return v
			}
			if path := getenv(n + "_FILE"); path != "" && strings.HasPrefix(n, "PLINTH_") {
				text, err := os.ReadFile(path)
				if err != nil {
					errs = append(errs, fmt.Errorf("%s_FILE: %w", n, err))
				}
				return strings.TrimSpace(string(text))
			}
		}
		return ""
	}
	set := func(to *string, names ...string) {
		if v := look(names...); v != "" {
			*to = v
		}
	}
	set(&s.Backend, "PLINTH_STORAGE_BACKEND", "STORAGE_BACKEND")
	if s.Backend == "file" { // Supabase's word
		s.Backend = "disk"
	}
	set(&s.S3.Endpoint, "PLINTH_STORAGE_S3_ENDPOINT", "STORAGE_S3_ENDPOINT")
	set(&s.S3.Region, "PLINTH_STORAGE_S3_REGION", "STORAGE_S3_REGION")
	set(&s.S3.Bucket, "PLINTH_STORAGE_S3_BUCKET", "STORAGE_S3_BUCKET")
	set(&s.S3.Prefix, "PLINTH_STORAGE_S3_PREFIX")
	set(&s.S3.AccessKey, "PLINTH_STORAGE_S3_ACCESS_KEY", "AWS_ACCESS_KEY_ID")
	if v := look("PLINTH_STORAGE_S3_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"); v != "" {
		s.S3.SecretKey = token.Secret(v)
	}
	if v := look("PLINTH_STORAGE_S3_VIRTUAL_HOST"); v != "" {
		on, err := strconv.ParseBool(v)
		if err != nil {
			errs = append(errs, fmt.Errorf("PLINTH_STORAGE_S3_VIRTUAL_HOST is %q; it must be true or false", v))
		}
		s.S3.VirtualHost = on
	}
	if s.Backend != "disk" && s.Backend != "s3" {
		errs = append(errs, fmt.Errorf("plinth.storage.backend is %q; it must be disk or s3", s.Backend))
	}
	return errors.Join(errs...)
}
