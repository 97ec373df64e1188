package builtin

import (
	"encoding/hex"

	"github.com/plinth-dev/plinth/internal/value"
)

// fnUUID returns the makers of uuids.
func fnUUID() []*Func {
	out := []*Func{
		{Name: "gen_random_uuid", Ret: tUUID, Volatility: Volatile, Eval: uuid4},
		{Name: "uuidv4", Ret: tUUID, Volatility: Volatile, Eval: uuid4},
		{Name: "uuidv7", Ret: tUUID, Volatility: Volatile, Eval: uuid7},
		{Schema: "extensions", Name: "uuid_generate_v4", Ret: tUUID, Volatility: Volatile, Eval: uuid4},
		{Schema: "extensions", Name: "uuid_generate_v1", Ret: tUUID, Volatility: Volatile, Eval: uuid4},
		{Schema: "extensions", Name: "uuid_nil", Ret: tUUID, Eval: constant(value.Str("00000000-0000-0000-0000-000000000000"))},
	}
	return out
}

func random(c *Call, n int) []byte {
	b := make([]byte, n)
	if c.Env.Random != nil {
		c.Env.Random(b)
	}
	return b
}

func uuid4(c *Call, _ []value.Value) (value.Value, error) {
	return uuidText(random(c, 16), 4), nil
}

// uuid7 starts with the milliseconds of the clock, then their fraction, so that the ids
// of one session sort as they were made.
func uuid7(c *Call, _ []value.Value) (value.Value, error) {
	b := random(c, 16)
	us := clock(c)
	ms, frac := us/1000, us%1000*4096/1000
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6], b[7] = byte(frac>>8), byte(frac)
	return uuidText(b, 7), nil
}

func uuidText(b []byte, version byte) value.Value {
	b[6] = b[6]&15 | version<<4
	b[8] = b[8]&63 | 128
	s := hex.EncodeToString(b)
	return value.Str(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
}
