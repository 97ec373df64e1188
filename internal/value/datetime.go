package value

func parseDatetime(t *Type, s string, env Env) (Value, error) { return Value{}, nil }
func parseInterval(t *Type, s string) (Value, error)          { return Value{}, nil }
func parseTSVector(s string) (string, error)                  { return s, nil }
func parseTSQuery(s string) (string, error)                   { return s, nil }
