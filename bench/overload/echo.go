package main

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"strings"
)

// whole is as long as a server's refusal, and headless what HEAD gets of it.
var (
	length   = 170
	headless = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: " + strconv.Itoa(length) + "\r\nContent-Type: application/json; charset=utf-8\r\nRetry-After: 1\r\nX-Content-Type-Options: nosniff\r\n\r\n"
	whole    = []byte(headless + strings.Repeat("x", length))
)

func refusal(of []byte) []byte {
	if bytes.HasPrefix(of, []byte("HEAD ")) {
		return whole[:len(headless)]
	}
	return whole
}

// echo refuses whatever is asked at an address: it reads, writes, and does nothing else.
func echo(ctx context.Context, addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { ln.Close() })
	for {
		nc, err := ln.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			defer nc.Close()
			for in := make([]byte, 4<<10); ; {
				n, err := nc.Read(in)
				if err != nil {
					return
				}
				if bytes.Contains(in[:n], []byte("\r\n\r\n")) { // its end is in its first packet
					if _, err := nc.Write(refusal(in)); err != nil {
						return
					}
				}
			}
		}()
	}
}
