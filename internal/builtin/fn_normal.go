package builtin

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnNormal returns the functions of Unicode's normal forms.
func fnNormal() []*Func {
	args := sig(tText, tText)
	return []*Func{
		{Name: "normalize", Args: args, Optional: 1, Ret: tText, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			form, err := normalForm(a)
			if err != nil {
				return null, err
			}
			return value.Str(form.String(a[0].S)), nil
		}},
		{Name: "is_normalized", Args: args, Optional: 1, Ret: tBool, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			form, err := normalForm(a)
			if err != nil {
				return null, err
			}
			return value.Truth(form.IsNormalString(a[0].S)), nil
		}},
	}
}

// normalForm is the form that the second argument names, NFC without one.
func normalForm(a []value.Value) (norm.Form, error) {
	if len(a) < 2 {
		return norm.NFC, nil
	}
	switch strings.ToUpper(a[1].S) {
	case "NFC":
		return norm.NFC, nil
	case "NFD":
		return norm.NFD, nil
	case "NFKC":
		return norm.NFKC, nil
	case "NFKD":
		return norm.NFKD, nil
	}
	return 0, fault.SQL("22023", "invalid normalization form: %s", a[1].S)
}
