package tree

// ColumnDef is a column of CREATE TABLE or ADD COLUMN.
type ColumnDef struct {
	At
	Name        string
	Type        TypeName
	Collation   string
	NotNull     bool
	Null        bool // NULL written
	Default     Expr
	Generated   Expr   // generated always as (x) stored
	Identity    string // "", "always", "by default"; serial types set "by default" and Serial
	Serial      bool
	IdentityOpt []SeqOption
	Constraints []Constraint // inline primary key, unique, check, references
}

// SeqOption is one option of a sequence: Name in start, increment, minvalue,
// maxvalue, cache, cycle, owned by …
type SeqOption struct {
	Name string
	Val  int64
	Text string
	No   bool
}

// Constraint is a table or column constraint. Kind: "primary key", "unique",
// "check", "foreign key", "exclude".
type Constraint struct {
	At
	Name              string
	Kind              string
	Cols              []string
	Check             Expr
	NoInherit         bool
	NullsNotDistinct  bool
	Ref               Ident
	RefCols           []string
	OnDelete          string // "no action", "restrict", "cascade", "set null", "set default"
	OnUpdate          string
	Match             string
	SetCols           []string // on delete set null (cols)
	Deferrable        bool
	InitiallyDeferred bool
	NotValid          bool
	UsingIndex        string
	Text              string // exclude: the clause as written
}

// CreateTable is CREATE TABLE. As is set for CREATE TABLE … AS.
type CreateTable struct {
	At
	Name        Ident
	IfNotExists bool
	Temp        bool
	Unlogged    bool
	Columns     []ColumnDef
	Constraints []Constraint
	Like        []LikeClause
	Inherits    []Ident
	PartitionBy string
	PartitionOf Ident
	As          *Select
	NoData      bool // of As
}

// LikeClause is LIKE tbl INCLUDING … EXCLUDING ….
type LikeClause struct {
	Table   Ident
	Options []LikeOption // a later one overrides
	After   int          // the number of columns that stand before it
}

// LikeOption is one INCLUDING or EXCLUDING of a LikeClause.
type LikeOption struct {
	Excluding bool
	What      string
}

// AlterTable is ALTER TABLE; also ALTER VIEW, ALTER INDEX (What).
type AlterTable struct {
	At
	What     string // "table", "view", "materialized view", "index", "sequence"
	Name     Ident
	IfExists bool
	Only     bool
	Actions  []AlterAction
}

// AlterAction is one action. Do names it:
// "add column", "drop column", "rename column", "rename", "rename constraint",
// "set schema", "add constraint", "drop constraint", "validate constraint",
// "alter constraint", "set default", "drop default", "set not null",
// "drop not null", "set type", "add identity", "drop identity", "set identity",
// "set generated", "drop expression", "enable rls", "disable rls", "force rls",
// "no force rls", "enable trigger", "disable trigger", "owner", "replica identity",
// "set options", "reset options", "set statistics", "set storage", "cluster".
type AlterAction struct {
	At
	Do          string
	Name        string // column, constraint or trigger
	NewName     string // rename to, set schema, owner, replica identity (full/nothing/default/index name), option list text
	IfExists    bool
	IfNotExists bool
	Cascade     bool
	Column      *ColumnDef
	Constraint  *Constraint
	Type        TypeName
	Collation   string
	X           Expr // default, using
	Options     []SeqOption
	Params      map[string]string // set (security_invoker = true)
}

// Drop is DROP what [if exists] names [cascade].
type Drop struct {
	At
	What     string // "table", "view", "materialized view", "index", "sequence", "type", "domain", "schema", "extension", "function", "procedure", "aggregate", "policy", "trigger", "publication", "role", "rule", …
	Names    []Ident
	On       Ident // policy, trigger, rule
	Args     [][]TypeName
	HasArgs  []bool
	IfExists bool
	Cascade  bool
}

// CreateIndex is CREATE INDEX.
type CreateIndex struct {
	At
	Name             string
	Table            Ident
	Unique           bool
	IfNotExists      bool
	Concurrently     bool
	Method           string // btree, gin, gist, hash, brin …
	Items            []IndexItem
	Include          []string
	Where            Expr
	NullsNotDistinct bool
}

// IndexItem is one key of an index.
type IndexItem struct {
	X       Expr
	OpClass string
	Desc    bool
	Nulls   string
	Collate string
}

// CreateView is CREATE [OR REPLACE] [MATERIALIZED] VIEW.
type CreateView struct {
	At
	Name         Ident
	Replace      bool
	Materialized bool
	IfNotExists  bool
	Temp         bool
	Cols         []string
	Options      map[string]string // security_invoker, security_barrier, check_option
	Query        *Select
	CheckOption  string
	WithNoData   bool
}

// CreateType is CREATE TYPE: enum, composite or (refused later) range/base.
type CreateType struct {
	At
	Name   Ident
	Kind   string // "enum", "composite", "range", "base", "shell"
	Labels []string
	Attrs  []ColDef
}

// AlterType is ALTER TYPE / ALTER DOMAIN. Do: "add value", "rename value",
// "rename", "owner", "set schema", "add attribute", "add constraint",
// "drop constraint", "set default", "drop default", "set not null", "drop not null".
type AlterType struct {
	At
	What          string // "type", "domain"
	Name          Ident
	Do            string
	Val, NewVal   string
	IfNotExists   bool
	Before, After string
	Constraint    *Constraint
	X             Expr
	Column        *ColDef
}

// CreateDomain is CREATE DOMAIN.
type CreateDomain struct {
	At
	Name        Ident
	Type        TypeName
	Collation   string
	Default     Expr
	NotNull     bool
	Constraints []Constraint
}

// CreateSchema is CREATE SCHEMA.
type CreateSchema struct {
	At
	Name        string
	IfNotExists bool
	Owner       string
}

// CreateSequence is CREATE or ALTER SEQUENCE.
type CreateSequence struct {
	At
	Name        Ident
	IfNotExists bool
	Alter       bool
	IfExists    bool
	As          TypeName
	Options     []SeqOption
}

// CreateExtension is CREATE EXTENSION.
type CreateExtension struct {
	At
	Name        string
	Schema      string
	IfNotExists bool
}

// CreatePolicy is CREATE POLICY.
type CreatePolicy struct {
	At
	Name        string
	Table       Ident
	Restrictive bool
	Command     string   // "all", "select", "insert", "update", "delete"
	Roles       []string // empty = public
	Using       Expr
	Check       Expr
}

// AlterPolicy is ALTER POLICY.
type AlterPolicy struct {
	At
	Name    string
	Table   Ident
	NewName string
	Roles   []string
	Using   Expr
	Check   Expr
}

// CreateFunction is CREATE [OR REPLACE] FUNCTION or PROCEDURE. Body is the text
// between the quotes; BodyPos its offset. For SQL-standard bodies (return x;
// begin atomic …) Stmts is set instead.
type CreateFunction struct {
	At
	Name       Ident
	Replace    bool
	Procedure  bool
	Args       []FuncArg
	Returns    *TypeName // nil: void procedure or OUT arguments
	Table      []ColDef  // returns table (…)
	Language   string
	Body       string
	BodyPos    Pos
	Stmts      []Stmt
	Volatility string // "immutable", "stable", "volatile", or "" (volatile)
	Strict     bool
	Definer    bool
	Leakproof  bool
	Parallel   string
	Cost, Rows string
	Set        map[string]string // set search_path = …: value as normalised text, '' for empty
}

// FuncArg is a parameter. Mode: "in", "out", "inout", "variadic".
type FuncArg struct {
	Name    string
	Mode    string
	Type    TypeName
	Default Expr
}

// AlterFunction is ALTER FUNCTION. Do: "owner", "rename", "set schema", "set",
// "reset", "definer", "invoker", "volatility", "strict", "leakproof", …
type AlterFunction struct {
	At
	Name    Ident
	Args    []TypeName
	HasArgs bool
	Do      string
	Text    string
	Set     map[string]string
}

// CreateTrigger is CREATE [CONSTRAINT] TRIGGER.
type CreateTrigger struct {
	At
	Name       string
	Replace    bool
	Table      Ident
	Timing     string   // "before", "after", "instead of"
	Events     []string // "insert", "update", "delete", "truncate"
	UpdateOf   []string
	ForEachRow bool
	When       Expr
	Func       Ident
	Args       []string
	OldTable   string // referencing old table as
	NewTable   string
	Constraint bool
	Deferrable bool
	Deferred   bool
}

// CreatePublication is CREATE PUBLICATION.
type CreatePublication struct {
	At
	Name      string
	AllTables bool
	Tables    []Ident
	With      string
}

// AlterPublication is ALTER PUBLICATION. Do: "add", "drop", "set", "owner", "rename".
type AlterPublication struct {
	At
	Name   string
	Do     string
	Tables []Ident
	Text   string
}

// Grant is GRANT or REVOKE.
type Grant struct {
	At
	Revoke      bool
	Privs       []Priv // empty = all
	What        string // "table", "sequence", "function", "schema", "database", "type", "language", "all tables in schema", "all functions in schema", "all sequences in schema", "role"
	Names       []Ident
	Args        [][]TypeName
	HasArgs     []bool
	Roles       []string
	GrantOption bool
	Cascade     bool
}

// Priv is a privilege, with columns where it names them.
type Priv struct {
	Name string
	Cols []string
}

// DefaultPrivileges is ALTER DEFAULT PRIVILEGES.
type DefaultPrivileges struct {
	At
	ForRoles []string
	Schemas  []string
	Grant    *Grant // What: "tables", "sequences", "functions", "types", "schemas"
}

// Comment is COMMENT ON. Text is "" with IsNull for null.
type Comment struct {
	At
	What   string // "table", "column", "view", "function", "schema", "policy", "constraint", …
	Name   Ident
	Column string
	On     Ident
	Args   []TypeName
	Text   string
	IsNull bool
}

// Do is an anonymous block.
type Do struct {
	At
	Language string
	Body     string
	BodyPos  Pos
}

// CallProc is CALL p(…).
type CallProc struct {
	At
	Call *Call
}

// Set is SET [LOCAL] name = value, or RESET (Reset), or SHOW (Show).
type Set struct {
	At
	Name        string
	Val         string
	Local       bool
	Reset, Show bool
}

// Transaction is begin, commit, rollback, savepoint … Do is the verb.
type Transaction struct {
	At
	Do   string
	Name string
}

// CreateRole is CREATE or ALTER ROLE/USER.
type CreateRole struct {
	At
	Name    string
	Alter   bool
	Options []string // lower case: "login", "bypassrls", "nologin", "inherit" …; a password's value is not kept
}

// Truncate is TRUNCATE.
type Truncate struct {
	At
	Tables          []Ident
	RestartIdentity bool
	Cascade         bool
}

// Refresh is REFRESH MATERIALIZED VIEW.
type Refresh struct {
	At
	Name Ident
}

// Notify is NOTIFY, LISTEN or UNLISTEN.
type Notify struct {
	At
	Verb, Channel, Payload string
}

// Other is a statement that the parser recognises by its first words but does not
// model (create cast, create operator, copy …): kept whole, refused by whoever
// must run it, with Kind as its name.
type Other struct {
	At
	Kind string
	Text string
}

func (*CreateTable) stmt()       {}
func (*AlterTable) stmt()        {}
func (*Drop) stmt()              {}
func (*CreateIndex) stmt()       {}
func (*CreateView) stmt()        {}
func (*CreateType) stmt()        {}
func (*AlterType) stmt()         {}
func (*CreateDomain) stmt()      {}
func (*CreateSchema) stmt()      {}
func (*CreateSequence) stmt()    {}
func (*CreateExtension) stmt()   {}
func (*CreatePolicy) stmt()      {}
func (*AlterPolicy) stmt()       {}
func (*CreateFunction) stmt()    {}
func (*AlterFunction) stmt()     {}
func (*CreateTrigger) stmt()     {}
func (*CreatePublication) stmt() {}
func (*AlterPublication) stmt()  {}
func (*Grant) stmt()             {}
func (*DefaultPrivileges) stmt() {}
func (*Comment) stmt()           {}
func (*Do) stmt()                {}
func (*CallProc) stmt()          {}
func (*Set) stmt()               {}
func (*Transaction) stmt()       {}
func (*CreateRole) stmt()        {}
func (*Truncate) stmt()          {}
func (*Refresh) stmt()           {}
func (*Notify) stmt()            {}
func (*Other) stmt()             {}
