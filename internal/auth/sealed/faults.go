package sealed

import "github.com/plinth-dev/plinth/internal/fault"

var errNoKeys = fault.New(fault.Internal, "unexpected_failure", "the secret is sealed, and this server has no key of the vault").
	WithHint("Give it the keys by PLINTH_VAULT_KEYS or PLINTH_VAULT_KEYS_FILE.")
