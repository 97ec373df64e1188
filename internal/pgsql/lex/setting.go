package lex

// SettingValues splits the value of a Set, or of a function's SET, into its items
// without quotes: "a, 'B'" is a and B; two quotes are one empty item.
func SettingValues(val string) []string {
	toks, err := Lex(val)
	if err != nil {
		return []string{val}
	}
	var list []string
	sign := ""
	for _, t := range toks {
		switch {
		case t.IsOp("-"):
			sign = "-"
		case t.Kind != EOF && t.Kind != Symbol:
			list = append(list, sign+t.Val)
			sign = ""
		}
	}
	return list
}
