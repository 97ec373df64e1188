package metric

import (
	"io"
	"math"
	"strconv"
	"strings"
)

// ContentType is that of a Page.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Page collects figures, and writes those of one name together, as the format asks.
type Page struct {
	order    []string
	families map[string]*family
}

type family struct {
	head string // HELP and TYPE
	body []byte
}

// NewPage returns an empty page.
func NewPage() *Page { return &Page{families: map[string]*family{}} }

func (p *Page) family(name, kind, help string) *family {
	f := p.families[name]
	if f == nil {
		f = &family{head: "# HELP " + name + " " + helpText.Replace(help) + "\n# TYPE " + name + " " + kind + "\n"}
		p.families[name] = f
		p.order = append(p.order, name)
	}
	return f
}

// Counter adds a figure that only grows. Labels are names and values in turn.
func (p *Page) Counter(name, help string, v float64, labels ...string) {
	p.family(name, "counter", help).add(name, v, labels)
}

// Gauge adds a figure that goes up and down.
func (p *Page) Gauge(name, help string, v float64, labels ...string) {
	p.family(name, "gauge", help).add(name, v, labels)
}

// Histogram adds the buckets, sum and count of h, in seconds.
func (p *Page) Histogram(name, help string, h *Histogram, labels ...string) {
	f, n := p.family(name, "histogram", help), uint64(0)
	for i := range h.buckets {
		n += h.buckets[i].Load()
		le := "+Inf"
		if i < len(bounds) {
			le = number(float64(bounds[i]) / 1e9)
		}
		f.bucket(name, n, le, labels)
	}
	f.ends(name, n, float64(h.sum.Load())/1e9, labels)
}

// Sizes adds the buckets, sum and count of s.
func (p *Page) Sizes(name, help string, s *Sizes, labels ...string) {
	f, n := p.family(name, "histogram", help), uint64(0)
	for i := range s.buckets {
		n += s.buckets[i].Load()
		le := "+Inf"
		if i < len(sizes) {
			le = strconv.FormatInt(sizes[i], 10)
		}
		f.bucket(name, n, le, labels)
	}
	f.ends(name, n, float64(s.sum.Load()), labels)
}

func (f *family) bucket(name string, n uint64, le string, labels []string) {
	all := append(append(make([]string, 0, len(labels)+2), labels...), "le", le)
	f.add(name+"_bucket", float64(n), all)
}

func (f *family) ends(name string, n uint64, sum float64, labels []string) {
	f.add(name+"_sum", sum, labels)
	f.add(name+"_count", float64(n), labels)
}

func (f *family) add(name string, v float64, labels []string) {
	b := append(f.body, name...)
	for i := 0; i+1 < len(labels); i += 2 {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		b = append(append(b, sep), labels[i]...)
		b = append(append(append(b, '=', '"'), labelText.Replace(labels[i+1])...), '"')
	}
	if len(labels) > 1 {
		b = append(b, '}')
	}
	f.body = append(append(append(b, ' '), number(v)...), '\n')
}

var (
	helpText  = strings.NewReplacer("\\", `\\`, "\n", `\n`)
	labelText = strings.NewReplacer("\\", `\\`, "\n", `\n`, `"`, `\"`)
)

func number(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// WriteTo writes the page.
func (p *Page) WriteTo(w io.Writer) (int64, error) {
	var all []byte
	for _, name := range p.order {
		f := p.families[name]
		all = append(append(all, f.head...), f.body...)
	}
	n, err := w.Write(all)
	return int64(n), err
}
