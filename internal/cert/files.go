package cert

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, files are looked at for a change.
const lookEvery = time.Second

// Files say where a certificate is.
type Files struct {
	Cert string // PEM: the certificate, then those between it and the authority's
	Key  string // PEM
	Log  *slog.Logger
}

// Pair is the certificate of two files.
type Pair struct {
	files Files

	mu     sync.Mutex
	cert   *tls.Certificate
	seen   [2]mark // of what cert was read from
	failed [2]mark // of what could not be read
	looked time.Time
	now    func() time.Time
}

// mark is how a file's change is noticed.
type mark struct {
	at   time.Time
	size int64
}

// Open reads the files.
func Open(files Files) (*Pair, error) {
	p := &Pair{files: files, now: time.Now}
	seen, err := p.look()
	if err == nil {
		p.cert, err = p.read()
	}
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	p.seen, p.looked = seen, p.now()
	return p, nil
}

func (p *Pair) look() (seen [2]mark, err error) {
	for i, path := range []string{p.files.Cert, p.files.Key} {
		st, err := os.Stat(path)
		if err != nil {
			return seen, err
		}
		seen[i] = mark{st.ModTime(), st.Size()}
	}
	return seen, nil
}

func (p *Pair) read() (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(p.files.Cert, p.files.Key)
	return &c, err
}

// Get returns the certificate, read anew where a file has changed. While the files don't
// fit each other, or can't be read, it is the one that was good last.
func (p *Pair) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); now.Sub(p.looked) >= lookEvery {
		p.looked = now
		p.renew()
	}
	return p.cert, nil
}

func (p *Pair) renew() {
	seen, err := p.look()
	if err == nil && seen == p.seen {
		return
	}
	var c *tls.Certificate
	if err == nil {
		c, err = p.read()
	}
	if err != nil {
		if seen != p.failed { // it is said once
			p.files.Log.Error("the certificate could not be read anew; the old one stays", "error", err)
		}
		p.failed = seen
		return
	}
	p.cert, p.seen = c, seen
	p.files.Log.Info("the certificate was read anew", "until", c.Leaf.NotAfter)
}
