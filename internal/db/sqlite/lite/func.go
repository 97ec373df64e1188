package lite

import (
	"fmt"
	"math"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Scalar is a function in Go: it reads args and gives one result through r. Without
// a result it returned NULL. It must not use the connection.
type Scalar func(r Result, args Args)

// Aggregate is the state of one group. Value gives the result so far; the last call
// is the final one.
type Aggregate interface {
	Step(r Result, args Args)
	Value(r Result)
}

// Inverter is an Aggregate that can take a row back, which moving window frames ask.
type Inverter interface {
	Inverse(r Result, args Args)
}

// function is what SQLite carries as a function's user data.
type function struct {
	c      *Conn
	scalar Scalar
	agg    func() Aggregate
}

type collation struct{ compare func(a, b []byte) int }

func (c *Conn) funcFlags(deterministic bool) int32 {
	if deterministic {
		return lib.SQLITE_UTF8 | lib.SQLITE_DETERMINISTIC | lib.SQLITE_INNOCUOUS
	}
	return lib.SQLITE_UTF8
}

// CreateFunction gives SQLite a function; nargs -1 takes any number.
func (c *Conn) CreateFunction(name string, nargs int, deterministic bool, fn Scalar) error {
	f := &function{c: c, scalar: fn}
	c.funcs = append(c.funcs, f) // keeps f alive and in place while SQLite knows it
	n := cstring(c.tls, name)
	defer release(c.tls, n)
	rc := lib.Xsqlite3_create_function_v2(c.tls, c.db, n, int32(nargs), c.funcFlags(deterministic),
		uintptr(unsafe.Pointer(f)), address(callScalar), 0, 0, 0)
	if rc != lib.SQLITE_OK {
		return c.fail(rc, "")
	}
	return nil
}

// CreateAggregate gives SQLite an aggregate, usable as a window function too; begin
// is called for every group.
func (c *Conn) CreateAggregate(name string, nargs int, deterministic bool, begin func() Aggregate) error {
	f := &function{c: c, agg: begin}
	c.funcs = append(c.funcs, f)
	n := cstring(c.tls, name)
	defer release(c.tls, n)
	rc := lib.Xsqlite3_create_window_function(c.tls, c.db, n, int32(nargs), c.funcFlags(deterministic),
		uintptr(unsafe.Pointer(f)), address(callStep), address(callFinal), address(callValue), address(callInverse), 0)
	if rc != lib.SQLITE_OK {
		return c.fail(rc, "")
	}
	return nil
}

// CreateCollation gives SQLite an order of texts.
func (c *Conn) CreateCollation(name string, compare func(a, b []byte) int) error {
	k := &collation{compare: compare}
	c.colls = append(c.colls, k)
	n := cstring(c.tls, name)
	defer release(c.tls, n)
	rc := lib.Xsqlite3_create_collation_v2(c.tls, c.db, n, lib.SQLITE_UTF8, uintptr(unsafe.Pointer(k)), address(callCompare), 0)
	if rc != lib.SQLITE_OK {
		return c.fail(rc, "")
	}
	return nil
}

func userFunc(tls *libc.TLS, ctx uintptr) *function {
	return (*function)(at(lib.Xsqlite3_user_data(tls, ctx)))
}

// caught turns a panic into an error of the statement: it must not unwind through
// SQLite's frames.
func (r Result) caught() {
	if p := recover(); p != nil {
		r.Error(fmt.Errorf("panic in a SQL function: %v", p))
	}
}

func callScalar(tls *libc.TLS, ctx uintptr, n int32, argv uintptr) {
	f := userFunc(tls, ctx)
	r := Result{c: f.c, ctx: ctx}
	defer r.caught()
	f.scalar(r, Args{tls: tls, argv: argv, n: int(n)})
}

// group returns the aggregate of ctx's group, making it where asked.
func group(tls *libc.TLS, ctx uintptr, create bool) (*function, Aggregate, uintptr) {
	f := userFunc(tls, ctx)
	size := int32(0)
	if create {
		size = 8
	}
	p := lib.Xsqlite3_aggregate_context(tls, ctx, size)
	if p == 0 {
		return f, nil, 0
	}
	id := (*int64)(at(p))
	if *id == 0 {
		if !create {
			return f, nil, p
		}
		*id = f.c.addAggregate(f.agg())
	}
	return f, f.c.aggs[*id-1], p
}

func (c *Conn) addAggregate(a Aggregate) int64 {
	if n := len(c.free); n > 0 {
		i := c.free[n-1]
		c.free = c.free[:n-1]
		c.aggs[i] = a
		return int64(i + 1)
	}
	c.aggs = append(c.aggs, a)
	return int64(len(c.aggs))
}

func callStep(tls *libc.TLS, ctx uintptr, n int32, argv uintptr) {
	f, a, _ := group(tls, ctx, true)
	r := Result{c: f.c, ctx: ctx}
	defer r.caught()
	a.Step(r, Args{tls: tls, argv: argv, n: int(n)})
}

func callInverse(tls *libc.TLS, ctx uintptr, n int32, argv uintptr) {
	f, a, _ := group(tls, ctx, true)
	r := Result{c: f.c, ctx: ctx}
	defer r.caught()
	inv, ok := a.(Inverter)
	if !ok {
		r.Error(fmt.Errorf("this aggregate cannot be used with a moving window frame"))
		return
	}
	inv.Inverse(r, Args{tls: tls, argv: argv, n: int(n)})
}

func callValue(tls *libc.TLS, ctx uintptr) {
	f, a, _ := group(tls, ctx, false)
	r := Result{c: f.c, ctx: ctx}
	defer r.caught()
	if a == nil {
		a = f.agg() // no row
	}
	a.Value(r)
}

func callFinal(tls *libc.TLS, ctx uintptr) {
	f, a, p := group(tls, ctx, false)
	r := Result{c: f.c, ctx: ctx}
	defer r.caught()
	if a == nil {
		a = f.agg()
	} else {
		i := int(*(*int64)(at(p)) - 1)
		f.c.aggs[i] = nil
		f.c.free = append(f.c.free, i)
	}
	a.Value(r)
}

// budget: the signature is SQLite's
func callCompare(_ *libc.TLS, user uintptr, n1 int32, p1 uintptr, n2 int32, p2 uintptr) int32 {
	return int32((*collation)(at(user)).compare(view(p1, int(n1)), view(p2, int(n2))))
}

// Args are a call's arguments, valid during the call.
type Args struct {
	tls  *libc.TLS
	argv uintptr
	n    int
}

// Len returns the number of arguments.
func (a Args) Len() int { return a.n }

func (a Args) value(i int) uintptr {
	if i >= a.n {
		panic("argument out of range")
	}
	return *(*uintptr)(at(a.argv + uintptr(i)*unsafe.Sizeof(uintptr(0))))
}

// Type returns the storage class of argument i, counted from 0.
func (a Args) Type(i int) Type { return Type(lib.Xsqlite3_value_type(a.tls, a.value(i))) }

// Null reports whether argument i is NULL.
func (a Args) Null(i int) bool { return a.Type(i) == Null }

// Int returns argument i as an integer.
func (a Args) Int(i int) int64 { return int64(lib.Xsqlite3_value_int64(a.tls, a.value(i))) }

// Float returns argument i as a float.
func (a Args) Float(i int) float64 { return lib.Xsqlite3_value_double(a.tls, a.value(i)) }

// Text returns argument i's text without a copy, valid during the call.
func (a Args) Text(i int) []byte {
	v := a.value(i)
	p := lib.Xsqlite3_value_text(a.tls, v)
	return view(p, int(lib.Xsqlite3_value_bytes(a.tls, v)))
}

// String returns a copy of argument i's text.
func (a Args) String(i int) string { return string(a.Text(i)) }

// Blob returns argument i's bytes without a copy, valid during the call.
func (a Args) Blob(i int) []byte {
	v := a.value(i)
	p := lib.Xsqlite3_value_blob(a.tls, v)
	return view(p, int(lib.Xsqlite3_value_bytes(a.tls, v)))
}

// Result takes a call's result.
type Result struct {
	c   *Conn
	ctx uintptr
}

// Null gives NULL.
func (r Result) Null() { lib.Xsqlite3_result_null(r.c.tls, r.ctx) }

// Int gives an integer.
func (r Result) Int(v int64) { lib.Xsqlite3_result_int64(r.c.tls, r.ctx, v) }

// Bool gives 0 or 1.
func (r Result) Bool(v bool) {
	if v {
		r.Int(1)
	} else {
		r.Int(0)
	}
}

// Float gives a float.
func (r Result) Float(v float64) { lib.Xsqlite3_result_double(r.c.tls, r.ctx, v) }

// Text gives a text, which is copied.
func (r Result) Text(v string) { r.bytes(unsafe.StringData(v), len(v), true) }

// TextBytes gives bytes as a text, which is copied.
func (r Result) TextBytes(v []byte) { r.bytes(unsafe.SliceData(v), len(v), true) }

// Blob gives a blob, which is copied.
func (r Result) Blob(v []byte) { r.bytes(unsafe.SliceData(v), len(v), false) }

// Arg gives argument i back unchanged.
func (r Result) Arg(a Args, i int) { lib.Xsqlite3_result_value(r.c.tls, r.ctx, a.value(i)) }

func (r Result) bytes(src *byte, n int, text bool) {
	if n > math.MaxInt32 {
		lib.Xsqlite3_result_error_toobig(r.c.tls, r.ctx)
		return
	}
	p := r.c.scratch.put(r.c.tls, src, n)
	switch {
	case p == 0:
		lib.Xsqlite3_result_error_nomem(r.c.tls, r.ctx)
	case text:
		lib.Xsqlite3_result_text(r.c.tls, r.ctx, p, int32(n), lib.SQLITE_TRANSIENT)
	default:
		lib.Xsqlite3_result_blob(r.c.tls, r.ctx, p, int32(n), lib.SQLITE_TRANSIENT)
	}
	r.c.scratch.reset(r.c.tls)
}

// Error makes the statement fail; Step's error wraps err.
func (r Result) Error(err error) {
	if r.c.callErr == nil {
		r.c.callErr = err
	}
	msg := cstring(r.c.tls, err.Error())
	lib.Xsqlite3_result_error(r.c.tls, r.ctx, msg, -1)
	release(r.c.tls, msg)
}
