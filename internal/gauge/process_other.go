//go:build !unix

package gauge

import "time"

func cpuTime() time.Duration { return 0 }

func maxFiles() uint64 { return 0 }
