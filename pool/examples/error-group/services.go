package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// paths names the parts of the page.
var paths = []string{"/article", "/stock", "/prices", "/reviews", "/pictures", "/offers", "/news", "/footer"}

// services serves the parts of the page. The service for stock hangs. Those for
// reviews and offers fail.
func services() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/stock":
			<-r.Context().Done() // until the client gives up
		case "/reviews":
			w.WriteHeader(http.StatusInternalServerError)
		case "/offers":
			w.WriteHeader(http.StatusBadGateway)
		default:
			fmt.Fprint(w, strings.Repeat(r.URL.Path+"\n", 100))
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
