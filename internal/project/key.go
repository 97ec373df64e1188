package project

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/token"
)

// Key is one key of config.toml, with the value that counts.
type Key struct {
	Name   string // "auth.email.smtp.pass"
	Env    string // the variable that has the last word
	Secret bool
	Text   string // the value as it is written in config.toml, secrets hidden
	From   string // "default", "config.toml", or the variable
	Field  string // Go's names of struct and field, by which its remark is found

	value reflect.Value
}

// secrets are the last words of keys that hold one, besides those of type Secret.
var secrets = []string{"pass", "secret", "secrets", "auth_token", "access_key", "api_key", "api_secret", "secret_key", "test_otp"}

// keysOf lists the keys of a configuration, in the order of the structs. Entries of maps
// are those that the configuration has; set writes one back.
func keysOf(c *Config) []*Key {
	var out []*Key
	walk(reflect.ValueOf(c).Elem(), "", "Config", &out)
	return out
}

func walk(v reflect.Value, prefix, field string, out *[]*Key) {
	t := v.Type()
	if t.Kind() == reflect.Struct && !isText(v) {
		for i := range t.NumField() {
			f := t.Field(i)
			tag, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
			switch {
			case f.Anonymous:
				walk(v.Field(i), prefix, f.Type.Name(), out)
			case tag != "" && tag != "-":
				walk(v.Field(i), join(prefix, tag), t.Name()+"."+f.Name, out)
			}
		}
		return
	}
	if t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Struct {
		names := v.MapKeys()
		slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, name := range names {
			entry := reflect.New(t.Elem()).Elem() // an entry of a map can't be written
			entry.Set(v.MapIndex(name))
			at := len(*out)
			walk(entry, join(prefix, name.String()), field, out)
			for _, k := range (*out)[at:] {
				k.From = "entry"
			}
		}
		return
	}
	last := prefix[strings.LastIndexByte(prefix, '.')+1:]
	*out = append(*out, &Key{
		Name: prefix, Env: envName(prefix), Field: field, value: v,
		Secret: t == reflect.TypeFor[token.Secret]() || slices.Contains(secrets, last),
	})
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

func isText(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	return ok
}

// envName is PLINTH_ and the key's name; our own section is not said twice.
func envName(name string) string {
	name = strings.TrimPrefix(name, "plinth.")
	return "PLINTH_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(name))
}

// fromEnv writes what the environment says over the file. Only secrets may stand in files.
func (c *Config) fromEnv(env *Env, from map[string]string) error {
	return c.eachKey(func(k *Key) error {
		v := env.get(k.Env)
		if k.Secret {
			v = env.Get(k.Env)
		}
		if v == "" {
			return nil
		}
		if err := set(k.value, v); err != nil {
			return fmt.Errorf("%s: %w", k.Env, err)
		}
		from[k.Name] = k.Env
		return nil
	})
}

// eachKey calls fn with every key, and writes the entries of maps back.
func (c *Config) eachKey(fn func(*Key) error) error {
	for _, k := range keysOf(c) {
		if k.From == "entry" {
			continue
		}
		if err := fn(k); err != nil {
			return err
		}
	}
	for name, e := range c.Auth.External {
		if err := eachEntry("auth.external."+name, &e, fn); err != nil {
			return err
		}
		c.Auth.External[name] = e
	}
	for name, e := range c.Auth.Hook {
		if err := eachEntry("auth.hook."+name, &e, fn); err != nil {
			return err
		}
		c.Auth.Hook[name] = e
	}
	return nil
}

func eachEntry(name string, entry any, fn func(*Key) error) error {
	var keys []*Key
	walk(reflect.ValueOf(entry).Elem(), name, "", &keys)
	for _, k := range keys {
		if err := fn(k); err != nil {
			return err
		}
	}
	return nil
}

// set reads a value from a variable's text; a list is separated by commas.
func set(v reflect.Value, text string) error {
	if v.CanAddr() {
		if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			return u.UnmarshalText([]byte(text))
		}
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		on, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q must be true or false", text)
		}
		v.SetBool(on)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q must be a whole number", text)
		}
		v.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q must be a number", text)
		}
		v.SetFloat(n)
	case reflect.Slice:
		parts := strings.Split(text, ",")
		list := reflect.MakeSlice(v.Type(), len(parts), len(parts))
		for i, p := range parts {
			if err := set(list.Index(i), strings.TrimSpace(p)); err != nil {
				return err
			}
		}
		v.Set(list)
	default:
		return fmt.Errorf("it can only be set in config.toml")
	}
	return nil
}

// textOf writes a value as config.toml has it.
func textOf(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case Duration:
		return strconv.Quote(time.Duration(x).String())
	case Bytes:
		return strconv.FormatInt(int64(x), 10)
	case encoding.TextMarshaler:
		text, _ := x.MarshalText() // of an address: it has one
		return strconv.Quote(string(text))
	}
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = textOf(v.Index(i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.Map:
		names := v.MapKeys()
		slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		parts := make([]string, len(names))
		for i, n := range names {
			parts[i] = strconv.Quote(n.String()) + " = " + textOf(v.MapIndex(n))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return fmt.Sprint(v.Interface())
}

// Keys lists every key with the value that counts, and where it comes from. Secrets that
// are set are hidden.
func (p *Project) Keys() []Key {
	var out []Key
	for _, k := range keysOf(&p.Config) {
		k.From = "default"
		if from, ok := p.from[k.Name]; ok {
			k.From = from
		}
		k.Text = textOf(k.value)
		if k.Secret && !k.value.IsZero() {
			k.Text = `"•••"`
		}
		out = append(out, *k)
	}
	return out
}

// nearest is the known name that is most like one that nobody knows, "" where none is.
func nearest(name string, known []string) string {
	best, at := "", max(2, len(name)/4)+1
	for _, k := range known {
		if d := distance(name, k, at); d < at {
			best, at = k, d
		}
	}
	return best
}

// distance counts the letters to change, up to a limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
