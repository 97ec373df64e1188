package differential_test

import (
	"fmt"
	"os"
	"strings"
)

// A script is a case as text. Sections begin with a comment line of their own:
//
//	-- schema            DDL and first rows, run as the owner
//	-- as u1             commands of an actor, one per ";" at a line's end
//	-- as authenticated {"sub": "…"}
//	-- script            more DDL between commands
//	-- known: reason     the difference is known
type script struct {
	name, known string
	notes       []string
	schema      []string
	steps       []step
}

// step is one command. An empty actor is a script of DDL.
type step struct {
	who, sql string
}

func userID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", n) }

// actorOf reads an actor's name, or a role and claims.
func actorOf(who string) actor {
	switch who {
	case "owner":
		return owner
	case "anon":
		return actor{"anon", `{"role":"anon"}`}
	case "nobody":
		return actor{"anon", ""}
	case "service":
		return actor{"service_role", `{"role":"service_role"}`}
	case "u1", "u2", "u3":
		n := int(who[1] - '0')
		return actor{"authenticated", fmt.Sprintf(
			`{"sub":"%s","role":"authenticated","email":"%s@x.io","app_metadata":{"level":%d,"org":"o%d"}}`, userID(n), who, n, n%2)}
	}
	role, claims, _ := strings.Cut(who, " ")
	return actor{role, claims}
}

func readScript(path string) (*script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &script{name: path}
	section, body := "", []string(nil)
	flush := func() {
		sql := strings.TrimSpace(strings.Join(body, "\n"))
		body = nil
		switch {
		case sql == "":
		case section == "schema":
			s.schema = append(s.schema, sql)
		case section == "script":
			s.steps = append(s.steps, step{"", sql})
		default:
			s.steps = append(s.steps, commands(strings.TrimPrefix(section, "as "), sql)...)
		}
	}
	for _, line := range strings.Split(string(text), "\n") {
		note, isNote := strings.CutPrefix(line, "-- ")
		switch {
		case strings.HasPrefix(note, "known: ") && isNote:
			s.known = strings.TrimPrefix(note, "known: ")
		case isNote && (note == "schema" || note == "script" || strings.HasPrefix(note, "as ")):
			flush()
			section = note
		case isNote && section == "":
			s.notes = append(s.notes, note)
		case section != "":
			body = append(body, line)
		}
	}
	flush()
	return s, nil
}

// commands splits a section at the semicolons that end a line.
func commands(who, sql string) []step {
	var out []step
	for _, c := range strings.SplitAfter(sql+"\n", ";\n") {
		c = strings.TrimSuffix(strings.TrimSpace(c), ";")
		if c != "" {
			out = append(out, step{who, c})
		}
	}
	return out
}

func (s *script) text() string {
	var b strings.Builder
	for _, n := range s.notes {
		fmt.Fprintf(&b, "-- %s\n", n)
	}
	if s.known != "" {
		fmt.Fprintf(&b, "-- known: %s\n", s.known)
	}
	b.WriteString("-- schema\n")
	for _, q := range s.schema {
		b.WriteString(q + "\n")
	}
	who := "?"
	for _, st := range s.steps {
		if st.who != who && st.who == "" {
			b.WriteString("-- script\n")
		} else if st.who != who {
			b.WriteString("-- as " + st.who + "\n")
		}
		who = st.who
		b.WriteString(strings.TrimSuffix(st.sql, ";") + ";\n")
	}
	return b.String()
}
