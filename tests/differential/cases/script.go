package cases

import (
	"fmt"
	"os"
	"strings"
)

// A Script is a case as text. Sections begin with a comment line of their own:
//
//	-- schema            DDL and first rows, run as the owner
//	-- as u1             commands of an actor, one per ";" at a line's end
//	-- as authenticated {"sub": "…"}
//	-- script            more DDL between commands
//	-- known: reason     the difference is known
type Script struct {
	Name, Known string
	Notes       []string
	Schema      []string
	Steps       []Step
}

// Step is one command. An empty actor is a script of DDL.
type Step struct {
	Who, SQL string
}

// UserID is the n-th user's.
func UserID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", n) }

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Read reads a script from a file.
func Read(path string) (*Script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &Script{Name: path}
	section, body := "", []string(nil)
	flush := func() {
		sql := strings.TrimSpace(strings.Join(body, "\n"))
		body = nil
		switch {
		case sql == "":
		case section == "schema":
			s.Schema = append(s.Schema, sql)
		case section == "script":
			s.Steps = append(s.Steps, Step{"", sql})
		default:
			s.Steps = append(s.Steps, commands(strings.TrimPrefix(section, "as "), sql)...)
		}
	}
	for _, line := range strings.Split(string(text), "\n") {
		note, isNote := strings.CutPrefix(line, "-- ")
		switch {
		case strings.HasPrefix(note, "known: ") && isNote:
			s.Known = strings.TrimPrefix(note, "known: ")
		case isNote && (note == "schema" || note == "script" || strings.HasPrefix(note, "as ")):
			flush()
			section = note
		case isNote && section == "":
			s.Notes = append(s.Notes, note)
		case section != "":
			body = append(body, line)
		}
	}
	flush()
	return s, nil
}

// commands splits a section at the semicolons that end a line.
func commands(who, sql string) []Step {
	var out []Step
	for _, c := range strings.SplitAfter(sql+"\n", ";\n") {
		c = strings.TrimSuffix(strings.TrimSpace(c), ";")
		if c != "" {
			out = append(out, Step{who, c})
		}
	}
	return out
}

// Text writes a script as Read reads it.
func (s *Script) Text() string {
	var b strings.Builder
	for _, n := range s.Notes {
		fmt.Fprintf(&b, "-- %s\n", n)
	}
	if s.Known != "" {
		fmt.Fprintf(&b, "-- known: %s\n", s.Known)
	}
	b.WriteString("-- schema\n")
	for _, q := range s.Schema {
		b.WriteString(q + "\n")
	}
	who := "?"
	for _, st := range s.Steps {
		if st.Who != who && st.Who == "" {
			b.WriteString("-- script\n")
		} else if st.Who != who {
			b.WriteString("-- as " + st.Who + "\n")
		}
		who = st.Who
		b.WriteString(strings.TrimSuffix(st.SQL, ";") + ";\n")
	}
	return b.String()
}
