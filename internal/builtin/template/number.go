package template

import (
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// mask is a read number template.
type mask struct {
	items      []item
	whole      int // digit places before the point
	frac       int // and behind it
	zeroFrom   int // first place that prints zeros: index among the whole places, or whole
	fill       bool
	sign       byte // 0: before the number; 'S' 's' (behind), 'M' MI, 'G' SG, 'R' PR
	ordinal    string
	point      bool
	fracZeroTo int // behind the point: places up to here keep zeros under FM
}

type item struct {
	kind byte // '9', '0', '.', ',', 'L' or 't' for text, 'S' 'M' 'P' 'G' for signs
	text string
}

func scanNumber(f string) (mask, error) {
	m := mask{zeroFrom: -1}
	for f != "" {
		up := strings.ToUpper(f[:min(2, len(f))])
		n := 2
		switch {
		case up == "FM":
			m.fill = true
		case up == "MI" || up == "PL" || up == "SG":
			m.items = append(m.items, item{kind: up[0]})
			switch up {
			case "MI":
				m.sign = 'M'
			case "SG": // PL leaves the sign before the number too
				m.items[len(m.items)-1].kind, m.sign = 'G', 'G'
			}
		case up == "PR":
			m.sign = 'R'
		case up == "TH":
			m.ordinal = f[:2]
		case up == "RN" || up == "EE" || up[0] == 'V':
			return m, fault.SQL("0A000", `the number pattern "%s" is not supported`, f[:min(4, len(f))])
		default:
			n = m.one(f)
		}
		f = f[n:]
	}
	return m, nil
}

// one reads a pattern of one character and returns its length.
func (m *mask) one(f string) int {
	switch f[0] {
	case '9', '0':
		if m.point {
			if m.frac++; f[0] == '0' {
				m.fracZeroTo = m.frac
			}
		} else {
			if f[0] == '0' && m.zeroFrom < 0 {
				m.zeroFrom = m.whole
			}
			m.whole++
		}
		m.items = append(m.items, item{kind: f[0]})
	case '.', 'D', 'd':
		m.point = true
		m.items = append(m.items, item{kind: '.'})
	case ',', 'G', 'g':
		m.items = append(m.items, item{kind: ','})
	case 'S', 's':
		m.sign = 'S'
		if m.whole > 0 || m.point {
			m.sign = 's'
		}
		m.items = append(m.items, item{kind: 'S'})
	case 'L', 'l':
		m.items = append(m.items, item{kind: 't', text: " "})
	case '"':
		body, rest := quotedText(f[1:])
		m.items = append(m.items, item{kind: 't', text: body})
		return len(f) - len(rest)
	default:
		_, n := utf8.DecodeRuneInString(f)
		m.items = append(m.items, item{kind: 't', text: f[:n]})
		return n
	}
	return 1
}

// Number prints numeric text with a number template.
func Number(s, format string) (string, error) {
	m, err := scanNumber(format)
	if err != nil {
		return "", err
	}
	neg := strings.HasPrefix(s, "-")
	digits := value.NumAbs(value.NumRound(s, m.frac))
	whole, frac, _ := strings.Cut(digits, ".")
	if whole == "0" {
		whole = ""
	}
	p := printer{mask: m, neg: neg && strings.Trim(digits, "0.") != "", frac: frac, whole: whole}
	if value.NumScale(s) < 0 || max(len(whole), 1) > m.whole && (whole != "" || m.whole == 0) {
		p.over = true
	}
	return p.print(), nil
}

// printer runs one number through a mask.
type printer struct {
	mask
	neg, over   bool
	whole, frac string
	place       int // whole places printed or skipped
	fracPlace   int
	begun       bool // something of the number is out
	out         strings.Builder
}

func (p *printer) print() string {
	for i, it := range p.items {
		switch it.kind {
		case '9', '0':
			if p.pointed(i) {
				p.fracDigit()
			} else {
				p.wholeDigit()
			}
		case '.':
			p.begin()
			p.out.WriteByte('.')
		case ',':
			switch {
			case p.begun:
				p.out.WriteByte(',')
			case !p.fill:
				p.out.WriteByte(' ')
			}
		case 't':
			p.out.WriteString(it.text)
		default:
			p.signItem(it.kind)
		}
	}
	s := p.out.String()
	if p.ordinal != "" && !p.neg {
		s += ordinal(p.whole, p.ordinal)
	}
	if p.sign == 'R' {
		if p.neg {
			return s + ">"
		}
		if !p.fill {
			return s + " "
		}
	}
	return s
}

// pointed reports whether the point stands before item i.
func (p *printer) pointed(i int) bool {
	for _, it := range p.items[:i] {
		if it.kind == '.' {
			return true
		}
	}
	return false
}

// begin writes the sign that stands right before the number.
func (p *printer) begin() {
	if p.begun {
		return
	}
	p.begun = true
	switch p.sign {
	case 0:
		if p.neg {
			p.out.WriteByte('-')
		} else if !p.fill {
			p.out.WriteByte(' ')
		}
	case 'S':
		p.out.WriteByte("+-"[neg01(p.neg)])
	case 'R':
		if p.neg {
			p.out.WriteByte('<')
		} else if !p.fill {
			p.out.WriteByte(' ')
		}
	}
}

func neg01(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *printer) wholeDigit() {
	at := p.place - (p.mask.whole - len(p.whole)) // index in p.whole
	p.place++
	zero := p.zeroFrom >= 0 && p.place > p.zeroFrom
	last := p.place == p.mask.whole
	switch {
	case p.over:
		p.begin()
		p.out.WriteByte('#')
	case at >= 0:
		p.begin()
		p.out.WriteByte(p.whole[at])
	case zero || last && p.mask.frac == 0 && !p.point:
		p.begin()
		p.out.WriteByte('0')
	case last && p.point && p.fill && strings.Trim(p.frac, "0") == "":
		p.begin()
		p.out.WriteByte('0')
	case !p.fill:
		p.out.WriteByte(' ')
	}
}

// keep is the number of fractional places that FM leaves.
func (p *printer) keep() int { return max(len(strings.TrimRight(p.frac, "0")), p.fracZeroTo) }

func (p *printer) fracDigit() {
	i := p.fracPlace
	p.fracPlace++
	switch {
	case p.over:
		p.out.WriteByte('#')
	case p.fill && i >= p.keep():
	default:
		p.out.WriteByte(p.frac[i])
	}
}

func (p *printer) signItem(kind byte) {
	switch kind {
	case 'S':
		if p.sign == 's' {
			p.out.WriteByte("+-"[neg01(p.neg)])
		}
	case 'G':
		p.out.WriteByte("+-"[neg01(p.neg)])
	case 'M':
		if p.neg {
			p.out.WriteByte('-')
		} else if !p.fill {
			p.out.WriteByte(' ')
		}
	case 'P':
		if !p.neg {
			p.out.WriteByte('+')
		} else if !p.fill {
			p.out.WriteByte(' ')
		}
	}
}

// ReadNumber reads a number laid out by a template: what is no digit, sign or point is
// passed over.
func ReadNumber(s, format string) (string, error) {
	m, err := scanNumber(format)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	neg, point, whole, frac := false, false, 0, 0
	for _, r := range s {
		switch {
		case r == '-' || r == '<':
			neg = true
		case r == '.' && m.point && !point:
			point = true
			b.WriteByte('.')
		case r >= '0' && r <= '9' && !point && whole < m.whole:
			whole++
			b.WriteRune(r)
		case r >= '0' && r <= '9' && point && frac < m.frac:
			frac++
			b.WriteRune(r)
		}
	}
	if whole+frac == 0 {
		return "", fault.SQL("22P02", `invalid input syntax for type numeric: "%s"`, s)
	}
	text := strings.TrimSuffix(b.String(), ".")
	if neg {
		text = "-" + text
	}
	v, err := value.Parse(value.TNumeric, text, value.Env{})
	return v.S, err
}
