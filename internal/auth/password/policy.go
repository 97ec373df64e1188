package password

import (
	"bufio"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Policy says which passwords a project takes.
type Policy struct {
	Min      int
	Needs    string // "", "letters_digits", "lower_upper_letters_digits", "lower_upper_letters_digits_symbols"
	Breached string // a folder of range files; "" for none
}

// Weak returns GoTrue's reasons why a password is refused, and a sentence.
func (p Policy) Weak(password string) (reasons []string, message string, err error) {
	if n := utf8.RuneCountInString(password); n < p.Min {
		reasons = append(reasons, "length")
		message = fmt.Sprintf("Password should be at least %d characters.", p.Min)
	}
	if missing := p.missing(password); missing != "" {
		reasons = append(reasons, "characters")
		message = strings.TrimSpace(message + " Password should contain at least one " + missing + ".")
	}
	known, err := p.known(password)
	if known {
		reasons = append(reasons, "pwned")
		message = strings.TrimSpace(message + " Password is known to be weak and easy to guess, please choose a different one.")
	}
	return reasons, message, err
}

// missing names the first kind of character that the password lacks.
func (p Policy) missing(password string) string {
	var lower, upper, digit, symbol bool
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = true
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsDigit(r):
			digit = true
		default:
			symbol = true
		}
	}
	type need struct {
		met  bool
		name string
	}
	needs := map[string][]need{
		"letters_digits":                     {{lower || upper, "letter"}, {digit, "digit"}},
		"lower_upper_letters_digits":         {{lower, "lower-case letter"}, {upper, "upper-case letter"}, {digit, "digit"}},
		"lower_upper_letters_digits_symbols": {{lower, "lower-case letter"}, {upper, "upper-case letter"}, {digit, "digit"}, {symbol, "symbol"}},
	}
	for _, n := range needs[p.Needs] {
		if !n.met {
			return n.name
		}
	}
	return ""
}

// known looks the password up in the range files: ABCDE.txt, or ABCDE, holds the lines
// "<the other 35 digits of the SHA-1>:<count>", as haveibeenpwned.com hands them out. A
// range that the folder does not have knows nothing.
func (p Policy) known(password string) (bool, error) {
	if p.Breached == "" {
		return false, nil
	}
	sum := sha1.Sum([]byte(password))
	text := strings.ToUpper(hex.EncodeToString(sum[:]))
	for _, name := range []string{text[:5] + ".txt", text[:5]} {
		f, err := os.Open(filepath.Join(p.Breached, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			suffix, count, _ := strings.Cut(lines.Text(), ":")
			if strings.EqualFold(strings.TrimSpace(suffix), text[5:]) && strings.TrimSpace(count) != "0" { // 0 is padding
				return true, nil
			}
		}
		return false, lines.Err()
	}
	return false, nil
}
