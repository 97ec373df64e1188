package rest

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

// status returns the HTTP status of f. A bare privilege error asks an anonymous
// caller to sign in.
func status(f *fault.Error, anonymous bool) int {
	switch {
	case f.Status != 0:
		return f.Status
	case len(f.Code) == 8 && f.Code[:5] == "PGRST":
		return pgrstStatus(f.Code[5:])
	case len(f.Code) == 5:
		return sqlStatus(f.Code, anonymous)
	}
	return wire.Status(f)
}

func pgrstStatus(n string) int {
	switch n {
	case "000", "001", "002":
		return 503
	case "003":
		return 504
	case "101", "105", "117":
		return 405
	case "103":
		return 416
	case "106", "107", "116":
		return 406
	case "111", "112", "121", "300":
		return 500
	case "125", "126", "202", "205":
		return 404
	case "201", "203":
		return 300
	case "301", "302", "303":
		return 401
	}
	return 400
}

// sqlStates are the SQLSTATEs whose status is not their class's. 54000 and 54001 are
// 500 in PostgREST, but it is the caller who asks for what is too large or too deep.
var sqlStates = map[string]int{
	"23503": 409, "23505": 409, "25006": 405, "21000": 500, "22023": 400, "53400": 500,
	"P0001": 400, "54000": 400, "54001": 400, "42883": 404, "42P01": 404, "42P17": 500, "57014": 500,
}

var sqlClasses = map[string]int{
	"08": 503, "09": 500, "0L": 403, "0P": 403, "25": 500, "28": 403, "2D": 500, "38": 500,
	"39": 500, "3B": 500, "40": 500, "53": 503, "54": 500, "55": 500, "57": 500, "58": 500,
	"F0": 500, "HV": 500, "P0": 500, "XX": 500,
}

func sqlStatus(state string, anonymous bool) int {
	if state == "42501" {
		if anonymous {
			return 401
		}
		return 403
	}
	if n, ok := sqlStates[state]; ok {
		return n
	}
	if state[:2] == "PT" {
		if n, err := strconv.Atoi(state[2:]); err == nil && n >= 100 && n < 1000 {
			return n
		}
		return 500
	}
	if n, ok := sqlClasses[state[:2]]; ok {
		return n
	}
	return 400
}
