//go:build !linux

package password

import "time"

func yield() {}

func processorTime(int) (time.Duration, bool) { return 0, false }
