// Package browser tests the page of the report in a browser. It is a module of its own,
// because only it needs the driver of the browser. Its tests have the build tag browser,
// because they need Chromium:
//
//	go test -tags=browser ./bench/browser
//	go test -tags=browser ./bench/browser -args -shots /tmp/shots    # also takes pictures
package browser
