// Package browser tests the page of the report in a real browser. It is a module of
// its own, so that nobody else needs what drives the browser, and its tests have the
// build tag browser, as they need Chromium:
//
//	go test -tags=browser ./bench/browser
//	go test -tags=browser ./bench/browser -args -shots /tmp/shots    # also takes pictures
package browser
