package differential_test

import (
	"fmt"
	"strings"

	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// actorOf reads an actor's name, or a role and claims.
func actorOf(who string) actor {
	switch who {
	case "owner":
		return owner
	case "anon":
		return actor{"anon", `{"role":"anon"}`}
	case "nobody":
		return actor{"anon", ""}
	case "service":
		return actor{"service_role", `{"role":"service_role"}`}
	case "u1", "u2", "u3":
		n := int(who[1] - '0')
		return actor{"authenticated", fmt.Sprintf(
			`{"sub":"%s","role":"authenticated","email":"%s@x.io","app_metadata":{"level":%d,"org":"o%d"}}`, cases.UserID(n), who, n, n%2)}
	}
	role, claims, _ := strings.Cut(who, " ")
	return actor{role, claims}
}
