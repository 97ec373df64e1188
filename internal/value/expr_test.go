package value_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/plinth-dev/plinth/internal/value"
)

// call is one operation with its arguments' texts and the answer of a PostgreSQL 15.
type call struct {
	Op   string
	Args []string
	oracle
}

func readCalls(t *testing.T) []call {
	t.Helper()
	f, err := os.Open("testdata/expr.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []call
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var c call
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

var errNull = errors.New("null")

func orNull(s string, ok bool) (string, error) {
	if !ok {
		return "", errNull
	}
	return s, nil
}

func tf(b bool) (string, error) {
	if b {
		return "t", nil
	}
	return "f", nil
}

type runner struct {
	t *testing.T
	c call
}

func (r runner) parse(typ *Type, s string) Value {
	r.t.Helper()
	v, err := Parse(typ, s, Env{Zone: zoneOf(r.t, r.c.Zone)})
	if err != nil {
		r.t.Fatalf("%v %q: %v", typ, s, err)
	}
	return v
}

func (r runner) canon(s string) string { return r.parse(TJSONB, s).S }

func (r runner) path(s string) []string {
	var out []string
	for _, v := range r.parse(ArrayOf(TText), s).L {
		out = append(out, v.S)
	}
	return out
}

func (r runner) run() (string, error) {
	op, typ, _ := strings.Cut(r.c.Op, ":")
	switch {
	case op == "cmp":
		ty := typeOf(r.t, typ)
		a, b := r.parse(ty, r.c.Args[0]), r.parse(ty, r.c.Args[1])
		n := Compare(ty, a, b)
		if (n == 0) != (Key(ty, a) == Key(ty, b)) {
			return "", errors.New("Compare and Key disagree: " + Key(ty, a) + " and " + Key(ty, b))
		}
		return strconv.Itoa(n), nil
	case strings.HasPrefix(op, "j") && !strings.HasPrefix(op, "justify"):
		return r.json(op)
	case op == "trunc" && typ != "", op == "extract":
		return r.field(op, typ)
	}
	if s, err, ok := r.numeric(op); ok {
		return s, err
	}
	return r.dates(op)
}

func (r runner) numeric(op string) (string, error, bool) {
	a := r.c.Args
	two := map[string]func(a, b string) (string, error){"add": NumAdd, "sub": NumSub, "mul": NumMul,
		"div": NumDiv, "mod": NumMod, "power": NumPower, "log": NumLog}
	if f, ok := two[op]; ok {
		s, err := f(r.parse(TNumeric, a[0]).S, r.parse(TNumeric, a[1]).S)
		return s, err, true
	}
	one := map[string]func(a string) string{"ceil": NumCeil, "floor": NumFloor, "abs": NumAbs, "neg": NumNeg,
		"trim_scale": NumTrimScale}
	if f, ok := one[op]; ok {
		return f(r.parse(TNumeric, a[0]).S), nil, true
	}
	n := ""
	if len(a) > 0 && !strings.Contains(a[0], " ") {
		if v, err := Parse(TNumeric, a[0], Env{}); err == nil {
			n = v.S
		}
	}
	switch op {
	case "sqrt":
		s, err := NumSqrt(n)
		return s, err, true
	case "exp":
		s, err := NumExp(n)
		return s, err, true
	case "ln":
		s, err := NumLn(n)
		return s, err, true
	case "sign":
		if n == "NaN" {
			return n, nil, true
		}
		return strconv.Itoa(NumSign(n)), nil, true
	case "scale":
		s, err := orNull(strconv.Itoa(NumScale(n)), NumScale(n) >= 0)
		return s, err, true
	case "round", "trunc":
		k, _ := strconv.Atoi(a[1])
		if op == "round" {
			return NumRound(n, k), nil, true
		}
		return NumTrunc(n, k), nil, true
	}
	return "", nil, false
}

func (r runner) field(op, typ string) (string, error) {
	ty, f := typeOf(r.t, typ), r.c.Args[0]
	v := r.parse(ty, r.c.Args[1])
	var zone *time.Location
	if typ == "timestamptz" {
		zone = zoneOf(r.t, r.c.Zone)
	}
	if op == "extract" {
		s, ok, err := Extract(ty, f, v, zone)
		if err != nil {
			return "", err
		}
		return orNull(s, ok)
	}
	if typ == "interval" {
		v, err := TruncInterval(f, v)
		return TextOf(ty, v, nil), err
	}
	us, err := Trunc(ty, f, v.I, zone)
	return TextOf(ty, Int(us), zone), err
}

func (r runner) dates(op string) (string, error) {
	a := r.c.Args
	iv := func(v Value, err error) (string, error) { return TextOf(TInterval, v, nil), err }
	ts := func(i int) int64 { return r.parse(TTimestamp, a[i]).I }
	switch op {
	case "tsadd":
		us, err := AddInterval(ts(0), r.parse(TInterval, a[1]), nil)
		return TextOf(TTimestamp, Int(us), nil), err
	case "tzadd":
		z := zoneOf(r.t, r.c.Zone)
		us, err := AddInterval(r.parse(TTimestamptz, a[0]).I, r.parse(TInterval, a[1]), z)
		return TextOf(TTimestamptz, Int(us), z), err
	case "age":
		return iv(Age(ts(0), ts(1)))
	case "tssub":
		return iv(SubStamps(ts(0), ts(1)))
	}
	x := r.parse(TInterval, a[0])
	switch op {
	case "justify_hours":
		return iv(JustifyHours(x))
	case "justify_days":
		return iv(JustifyDays(x))
	case "justify_interval":
		return iv(JustifyInterval(x))
	case "ivneg":
		return iv(IntervalNeg(x))
	case "ivadd":
		return iv(IntervalAdd(x, r.parse(TInterval, a[1])))
	case "ivsub":
		return iv(IntervalSub(x, r.parse(TInterval, a[1])))
	}
	f, err := strconv.ParseFloat(a[1], 64)
	if err != nil {
		return "", err
	}
	if op == "ivmul" {
		return iv(IntervalMul(x, f))
	}
	return iv(IntervalDiv(x, f))
}

func (r runner) json(op string) (string, error) {
	j := r.canon(r.c.Args[0])
	arg := ""
	if len(r.c.Args) > 1 {
		arg = r.c.Args[1]
	}
	n, _ := strconv.Atoi(arg)
	switch op {
	case "j->":
		return orNull(JGet(j, arg))
	case "j->>":
		s, ok := JGet(j, arg)
		if !ok {
			return "", errNull
		}
		return orNull(JScalarText(s))
	case "j->i":
		return orNull(JIndex(j, n))
	case "j?":
		return tf(JExists(j, arg))
	case "j-":
		return JDelete(j, arg)
	case "j-i":
		return JDeleteIndex(j, n)
	case "j@>":
		return tf(JContains(j, r.canon(arg)))
	case "j||":
		return JConcat(j, r.canon(arg)), nil
	case "jstrip":
		return JStrip(j), nil
	case "jtype":
		return JTypeOf(j), nil
	case "j#>":
		return orNull(JPath(j, r.path(arg)))
	case "j#-":
		return JDeletePath(j, r.path(arg))
	}
	switch op {
	case "jset":
		return JSet(j, r.path(arg), `"N"`, true)
	case "jset0":
		return JSet(j, r.path(arg), `"N"`, false)
	case "jins":
		return JInsert(j, r.path(arg), `"N"`, false)
	}
	return JInsert(j, r.path(arg), `"N"`, true)
}

func TestOperations(t *testing.T) {
	t.Parallel()
	// declared: years beyond 294246, and the age of infinity, where Postgres shows its sentinel
	bad := map[string]int{}
	for _, c := range readCalls(t) {
		if c.Op == "age" && strings.Contains(strings.Join(c.Args, " "), "inf") ||
			c.Out != nil && strings.HasPrefix(*c.Out, "294247-") {
			continue
		}
		got, err := runner{t, c}.run()
		problem := ""
		switch {
		case c.Code != "":
			if problem = c.wantFault(err); problem != "" && err == nil {
				problem += " (got " + got + ")"
			}
		case c.Out == nil:
			if !errors.Is(err, errNull) {
				problem = "got " + got + ", want NULL"
			}
		case err != nil || got != *c.Out:
			problem = "got " + strconv.Quote(got) + ", want " + strconv.Quote(*c.Out)
			if err != nil {
				problem += " " + err.Error()
			}
		}
		if problem == "" {
			continue
		}
		if bad[c.Op]++; bad[c.Op] <= 12 {
			t.Errorf("%s %q: %s", c.Op, c.Args, problem)
		}
	}
	for op, n := range bad {
		t.Errorf("%s: %d wrong", op, n)
	}
}

func TestCast(t *testing.T) {
	t.Parallel()
	for _, o := range readOracle(t, "cast.jsonl") {
		from, to, zone := typeOf(t, o.From), typeOf(t, o.Type), zoneOf(t, o.Zone)
		env := Env{Zone: zone}
		name := o.From + " " + strconv.Quote(o.In) + "::" + o.Type + " " + o.Zone
		in, err := Parse(from, o.In, env)
		if err != nil {
			t.Errorf("%s: input: %v", name, err)
			continue
		}
		got, err := Cast(from, to, in, Explicit, env)
		if _, ok := CastPath(from, to); !ok && o.Code != "42846" {
			t.Errorf("%s: no path", name)
		}
		switch {
		case o.Code != "":
			if s := o.wantFault(err); s != "" {
				t.Errorf("%s:\n    %s %s", name, s, TextOf(to, got, zone))
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case o.Out == nil:
			if !got.IsNull() {
				t.Errorf("%s: got %v, want NULL", name, got)
			}
		case TextOf(to, got, zone) != *o.Out:
			t.Errorf("%s: got %q, want %q", name, TextOf(to, got, zone), *o.Out)
		}
	}
}
