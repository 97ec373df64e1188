package value

func parseTSVector(s string) (string, error) { return s, nil }

func parseTSQuery(s string) (string, error) { return s, nil }
