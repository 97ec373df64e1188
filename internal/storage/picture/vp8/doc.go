// Package vp8 writes pictures as lossy WebP: one key frame of VP8, RFC 6386, in a RIFF
// file. It is pure Go and small, because it says no to much that the format has: each
// macroblock of 16 × 16 is predicted as a whole, there is one quantizer, one partition
// of tokens and no transparency.
//
// What it leaves out costs size, not correctness: any decoder reads what it writes.
package vp8
