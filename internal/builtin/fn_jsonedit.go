package builtin

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnJSONEdit returns what changes jsonb, and the functions behind its operators.
func fnJSONEdit() []*Func {
	edit := sig(tJSONB, tTexts, tJSONB, tBool)
	return []*Func{
		{Name: "jsonb_set", Args: edit, Optional: 1, Names: []string{"jsonb_in", "path", "replacement", "create_if_missing"}, Ret: tJSONB, Raises: true, Eval: jsonSet},
		{Name: "jsonb_set_lax", Args: sig(tJSONB, tTexts, tJSONB, tBool, tText), Optional: 2, Ret: tJSONB,
			NotStrict: true, Raises: true, Eval: jsonSetLax},
		{Name: "jsonb_insert", Args: edit, Optional: 1, Names: []string{"jsonb_in", "path", "replacement", "insert_after"}, Ret: tJSONB, Raises: true, Eval: jsonInsert},
		{Name: "jsonb_contains", Args: sig(tJSONB, tJSONB), Ret: tBool, Eval: textsBool(value.JContains)},
		{Name: "jsonb_exists", Args: sig(tJSONB, tText), Ret: tBool, Eval: textsBool(value.JExists)},
		{Name: "jsonb_exists_any", Args: sig(tJSONB, tTexts), Ret: tBool, Eval: jsonKeys(false)},
		{Name: "jsonb_exists_all", Args: sig(tJSONB, tTexts), Ret: tBool, Eval: jsonKeys(true)},
		{Name: "jsonb_concat", Args: sig(tJSONB, tJSONB), Ret: tJSONB, Eval: textsText(value.JConcat)},
	}
}

func editPath(l []value.Value) ([]string, error) {
	for i, v := range l {
		if v.IsNull() {
			return nil, fault.SQL("22004", "path element at position %d is null", i+1)
		}
	}
	p, _ := texts(l)
	return p, nil
}

func jsonSet(_ *Call, a []value.Value) (value.Value, error) {
	p, err := editPath(a[1].L)
	if err != nil {
		return null, err
	}
	return strOr(value.JSet(a[0].S, p, a[2].S, len(a) < 4 || a[3].True()))
}

func jsonInsert(_ *Call, a []value.Value) (value.Value, error) {
	p, err := editPath(a[1].L)
	if err != nil {
		return null, err
	}
	return strOr(value.JInsert(a[0].S, p, a[2].S, len(a) > 3 && a[3].True()))
}

func jsonSetLax(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() || a[1].IsNull() || len(a) > 3 && a[3].IsNull() {
		return null, nil
	}
	if !a[2].IsNull() {
		return jsonSet(c, a[:min(len(a), 4)])
	}
	how := "use_json_null"
	if len(a) > 4 {
		how = a[4].S
	}
	switch how {
	case "use_json_null":
		b := append([]value.Value{}, a[:min(len(a), 4)]...)
		b[2] = value.Str("null")
		return jsonSet(c, b)
	case "delete_key":
		return jsonDeletePath(c, a)
	case "return_target":
		return a[0], nil
	case "raise_exception":
		return null, fault.SQL("22004", "JSON value must not be null").
			WithDetail(`Exception was raised because null_value_treatment is "raise_exception".`).
			WithHint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
	}
	return null, fault.SQL("22023", `null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"`)
}
