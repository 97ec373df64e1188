package scope

import (
	"reflect"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// CloneExpr returns a deep copy of x.
func CloneExpr(x pgsql.Expr) pgsql.Expr {
	if x == nil {
		return nil
	}
	return cloneValue(reflect.ValueOf(x)).Interface().(pgsql.Expr)
}

// CloneSelect returns a deep copy of q.
func CloneSelect(q *pgsql.Select) *pgsql.Select {
	if q == nil {
		return nil
	}
	return cloneValue(reflect.ValueOf(q)).Interface().(*pgsql.Select)
}

// cloneValue copies any part of a syntax tree. The trees are plain data (pointers,
// interfaces, slices and structs of exported fields), so reflection covers every
// node, those added later too.
func cloneValue(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		n := reflect.New(v.Type().Elem())
		n.Elem().Set(cloneValue(v.Elem()))
		return n
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		n := reflect.New(v.Type()).Elem()
		n.Set(cloneValue(v.Elem()))
		return n
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		n := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			n.Index(i).Set(cloneValue(v.Index(i)))
		}
		return n
	case reflect.Struct:
		n := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			n.Field(i).Set(cloneValue(v.Field(i)))
		}
		return n
	}
	return v
}
