//go:build !linux

package main

import "errors"

func serveFloor(string) error { return errors.New("the least program is for Linux") }
