package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Formats are the forms of output.
var Formats = []string{"table", "json", "csv"}

// Console is a session with a database.
type Console struct {
	DB      *db.DB
	Session db.Session
	Format  string // one of Formats
	Out     io.Writer
	MaxRows int // rows that are shown of one result; 0 = 1,000
}

// ErrQuit is returned by Do when the person wants to go.
var ErrQuit = errors.New("console: quit")

// help is what \? prints.
const help = `  \d              tables and views
  \d NAME         one of them
  \as ROLE [CLAIMS]   act as a role, with claims as JSON; \as alone says who acts
  \format table|json|csv
  \q              leave
  statements end with ;
`

// Do runs a line that is a command, or the statements of a text.
func (c *Console) Do(ctx context.Context, text string) error {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, `\`) {
		return c.command(text)
	}
	for st, err := range pgsql.Script(text) {
		if err != nil {
			return err
		}
		if err := c.statement(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// Whole reports whether text is a command or ends its last statement.
func Whole(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, `\`) {
		return true
	}
	if !strings.HasSuffix(text, ";") {
		return false
	}
	// A semicolon inside quotes ends nothing: with a word behind it the text would
	// otherwise be one statement more.
	n := 0
	for _, err := range pgsql.Script(text + "\nselect 1") {
		if err != nil {
			return !strings.Contains(err.Error(), "unterminated")
		}
		n++
	}
	return n > 1
}

func (c *Console) command(text string) error {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(strings.TrimSuffix(rest, ";"))
	switch word {
	case `\q`, `\quit`:
		return ErrQuit
	case `\?`, `\h`, `\help`:
		_, err := io.WriteString(c.Out, help)
		return err
	case `\d`:
		return c.describe(rest)
	case `\as`:
		return c.as(rest)
	case `\format`:
		if !slices.Contains(Formats, rest) {
			return fmt.Errorf(`\format takes one of %s`, strings.Join(Formats, ", "))
		}
		c.Format = rest
		return nil
	}
	return fmt.Errorf(`there is no command %s: \? lists them`, word)
}

func (c *Console) as(rest string) error {
	if rest == "" {
		_, err := fmt.Fprintf(c.Out, "%s %s\n", c.Session.Role, c.Session.Claims)
		return err
	}
	role, claims, _ := strings.Cut(rest, " ")
	if c.DB.Catalog().Roles[role] == nil {
		return fmt.Errorf("role %q does not exist", role)
	}
	c.Session = db.Session{Role: role, Claims: strings.TrimSpace(claims)}
	return nil
}

// statement runs one statement in a transaction of its own. What changes the schema
// goes the way of migrations.
func (c *Console) statement(ctx context.Context, st pgsql.Located) error {
	switch st.Stmt.(type) {
	case *pgsql.Select:
		// A function may write.
		return c.query(ctx, st.SQL)
	case *pgsql.Insert, *pgsql.Update, *pgsql.Delete:
		return c.query(ctx, st.SQL)
	case *pgsql.Transaction:
		return errors.New("each statement is a transaction of its own here")
	}
	notices, err := c.DB.Script(ctx, db.Script{File: "console", SQL: st.SQL, Role: c.Session.Role})
	for _, n := range notices {
		fmt.Fprintln(c.Out, "note:", n.Message)
	}
	if err == nil {
		fmt.Fprintln(c.Out, "done")
	}
	return err
}

func (c *Console) query(ctx context.Context, sql string) error {
	var res *result
	run := func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, sql)
		if err != nil {
			return err
		}
		res, err = read(rows, c.limit())
		return err
	}
	_, err := c.DB.Write(ctx, c.Session, run)
	if fault.CodeOf(err) == "25006" { // the database is open for reading alone
		err = c.DB.Read(ctx, c.Session, run)
	}
	if err != nil {
		return err
	}
	return res.print(c.Out, c.Format)
}

func (c *Console) limit() int {
	if c.MaxRows > 0 {
		return c.MaxRows
	}
	return 1000
}
