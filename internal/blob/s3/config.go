package s3

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/plinth-dev/plinth/internal/token"
)

// Config says where the bucket is.
type Config struct {
	Endpoint    string // URL of the service, "" = AWS
	Region      string // "" = us-east-1
	Bucket      string
	Prefix      string // of every key, such as "files/"; two projects may so share a bucket
	VirtualHost bool   // the bucket is part of the host's name; AWS needs no hint
	AccessKey   string
	SecretKey   token.Secret
	Spool       string // folder for parts on their way, "" = the system's own
}

const awsEndpoint = "https://s3.amazonaws.com"

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.Bucket == "" {
		errs = append(errs, errors.New("s3: the bucket has no name"))
	}
	if c.AccessKey == "" || c.SecretKey == "" {
		errs = append(errs, errors.New("s3: access key and secret key must be set"))
	}
	if _, _, err := c.endpoint(); err != nil {
		errs = append(errs, err)
	}
	if strings.HasPrefix(c.Prefix, "/") || strings.ContainsAny(c.Prefix, "\\?#\x00") || strings.Contains(c.Prefix, "..") {
		errs = append(errs, fmt.Errorf("s3: the prefix %q is not one of keys", c.Prefix))
	}
	return errors.Join(errs...)
}

// endpoint returns the service's host, and whether it is reached by TLS.
func (c Config) endpoint() (host string, secure bool, err error) {
	text := c.Endpoint
	if text == "" {
		text = awsEndpoint
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.User != nil {
		return "", false, fmt.Errorf("s3: the endpoint %q is not a URL such as https://s3.example.com", c.Endpoint)
	}
	return u.Host, u.Scheme == "https", nil
}
