package builtin

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin/rawjson"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnSession returns what tells about the session: settings and names.
func fnSession() []*Func {
	out := []*Func{
		{Name: "current_setting", Args: sig(tText), Ret: tText, Volatility: Stable, Raises: true, Eval: currentSetting},
		{Name: "current_setting", Args: sig(tText, tBool), Ret: tText, Volatility: Stable, Raises: true, Eval: currentSetting},
		{Name: "set_config", Args: sig(tText, tText, tBool), Ret: tText, NotStrict: true, Volatility: Volatile, Raises: true, Eval: setConfig},
		{Name: "session_user", Ret: tName, Volatility: Stable, Eval: sessionUser},
		{Name: "current_schema", Ret: tName, Volatility: Stable, Eval: constant(value.Str("public"))},
		{Name: "current_schemas", Args: sig(tBool), Ret: value.ArrayOf(tName), Volatility: Stable, Eval: currentSchemas},
		{Name: "current_database", Ret: tName, Volatility: Stable, Eval: constant(value.Str("postgres"))},
		{Name: "current_catalog", Ret: tName, Volatility: Stable, Eval: constant(value.Str("postgres"))},
		{Name: "version", Ret: tText, Volatility: Stable, Eval: constant(value.Str("PostgreSQL 15.0 (Plinth)"))},
		{Name: "pg_typeof", Args: sig(tAny), Ret: tText, NotStrict: true, Volatility: Stable, Eval: typeOf},
		{Name: "to_regclass", Args: sig(tText), Ret: value.TRegclass, Volatility: Stable, Eval: toRegclass},
		{Name: "pg_trigger_depth", Ret: tInt4, Volatility: Stable, Eval: triggerDepth},
		{Name: "pg_backend_pid", Ret: tInt4, Volatility: Stable, Eval: constant(value.Int(1))},
	}
	for _, n := range []string{"current_user", "current_role", "user"} {
		out = append(out, &Func{Name: n, Ret: tName, Volatility: Stable, Eval: currentUser})
	}
	return out
}

func currentUser(c *Call, _ []value.Value) (value.Value, error) { return value.Str(c.Env.Role), nil }

// sessionUser is who connected: requests come through the authenticator, all else is
// done by the role itself.
func sessionUser(c *Call, _ []value.Value) (value.Value, error) {
	switch c.Env.Role {
	case "anon", "authenticated", "service_role":
		return value.Str("authenticator"), nil
	}
	return value.Str(c.Env.Role), nil
}

func currentSchemas(_ *Call, a []value.Value) (value.Value, error) {
	if a[0].True() {
		return textList([]string{"pg_catalog", "public"}), nil
	}
	return textList([]string{"public"}), nil
}

func typeOf(c *Call, _ []value.Value) (value.Value, error) {
	return value.Str(c.arg(0).String()), nil
}

// toRegclass is NULL where there is no such relation.
func toRegclass(c *Call, a []value.Value) (value.Value, error) {
	if c.Env.RelationID == nil {
		return a[0], nil
	}
	id, ok := c.Env.RelationID(a[0].S)
	if !ok {
		return null, nil
	}
	if name, ok := c.Env.Relation(id); ok {
		return value.Str(name), nil
	}
	return a[0], nil
}

func triggerDepth(c *Call, _ []value.Value) (value.Value, error) {
	if c.Env.TriggerDepth == nil {
		return value.Int(0), nil
	}
	return value.Int(int64(c.Env.TriggerDepth())), nil
}

// setting reads a setting: those of the session, the claims, and the few of the server
// that people ask for.
func (e *Env) setting(name string) (string, bool) {
	low := strings.ToLower(name)
	if e.Made != nil {
		if s, ok := e.Made(low); ok {
			return s, true
		}
	}
	if s, ok := e.Settings[name]; ok {
		return s, true
	}
	if s, ok := e.Settings[low]; ok {
		return s, true
	}
	if name, ok := strings.CutPrefix(low, "request.jwt.claim."); ok {
		return claim(e.Claims, name)
	}
	if e.Late != nil {
		if s, ok := e.Late(low); ok {
			return s, true
		}
	}
	if e.Server != nil {
		if s, ok := e.Server(low, e.Role); ok {
			return s, true
		}
	}
	switch low {
	case "request.jwt.claims":
		return e.Claims, e.Claims != ""
	case "timezone":
		if e.Zone == nil {
			return "UTC", true
		}
		return e.Zone.String(), true
	case "role":
		return e.Role, true
	case "server_version":
		return "15.0", true
	case "server_version_num":
		return "150000", true
	case "server_encoding", "client_encoding":
		return "UTF8", true
	case "search_path":
		return `"$user", public`, true
	case "is_superuser":
		return "off", true
	}
	return "", false
}

// claim is a top-level claim as text.
func claim(claims, name string) (string, bool) {
	raw, ok := rawjson.Field(claims, name)
	if !ok {
		return "", false
	}
	return rawjson.Text(raw)
}

func currentSetting(c *Call, a []value.Value) (value.Value, error) {
	s, ok := c.Env.setting(a[0].S)
	if ok {
		return value.Str(s), nil
	}
	if len(a) > 1 && a[1].True() {
		return null, nil
	}
	return null, fault.SQL("42704", `unrecognized configuration parameter "%s"`, a[0].S)
}

func setConfig(c *Call, a []value.Value) (value.Value, error) {
	switch {
	case a[0].IsNull():
		return null, fault.SQL("22004", "SET requires parameter name")
	case c.Env.SetSetting == nil:
		return null, fault.SQL("25006", "cannot execute set_config() in a read-only transaction")
	}
	c.Env.SetSetting(a[0].S, a[1].S, a[2].True())
	return value.Str(a[1].S), nil
}
