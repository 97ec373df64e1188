package schema_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
)

func TestRealsKeepAllDigits(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl(`create table r (id int primary key, w float8)`)
	rng := rand.New(rand.NewPCG(1, 2))
	values := []float64{0.1 + 0.2, 1.0 / 3, 5e-324, math.MaxFloat64, -0.1, 1e21, 123456789012345680, 2.2250738585072014e-308}
	for range 1000 {
		if f := math.Float64frombits(rng.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
			values = append(values, f)
		}
	}
	b.exec("begin")
	for i, f := range values {
		b.exec(`insert into "public.r" values (?, ?)`, i, f)
	}
	b.exec("commit")
	var images []string
	if err := json.Unmarshal([]byte(b.text(`select json_group_array(new) from _changes`)), &images); err != nil {
		t.Fatal(err)
	}
	for i, image := range images {
		var got []float64
		if err := json.Unmarshal([]byte(image), &got); err != nil || got[1] != values[i] {
			t.Errorf("%v is logged as %s", values[i], image)
		}
	}
}
