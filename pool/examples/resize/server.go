package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

// distant returns a server that answers each request after the latency, for any
// number of concurrent requests.
func distant(latency time.Duration) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		answer := time.NewTimer(latency)
		defer answer.Stop()
		select {
		case <-answer.C:
		case <-r.Context().Done():
		}
	})
}

// loopback starts a server on this machine. The client that it returns connects
// to that server whatever the name of the host.
func loopback(h http.Handler) (client *http.Client, shutdown func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	srv := &http.Server{Handler: h}
	go srv.Serve(l)
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
		MaxIdleConnsPerHost: 100,
	}}, func() { srv.Close() }, nil
}
