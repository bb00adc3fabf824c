//go:build browser

package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
)

var (
	shots = flag.String("shots", "", "a `folder` for pictures of the pages")
	own   = flag.String("results", "", "a results `file` whose page is tested, too")
)

// Goal: for any results, on any screen, the page draws all charts, logs no error, makes no
// request, and fits the screen.
func TestPageDrawsAllChartsAndMakesNoRequest(t *testing.T) {
	browser := start(t)
	pages := map[string]*report.Results{"usual": sample.Results(10), "odd": sample.Odd(), "full": sample.Full(6), "targets": sample.Targets(12)}
	if *own != "" {
		r, err := report.Load(*own)
		require.NoError(t, err)
		pages["own"] = r
	}
	for name, r := range pages {
		page := write(t, r)
		for _, width := range []int64{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				t.Run(fmt.Sprintf("%s/width=%d/%s", name, width, scheme), func(t *testing.T) {
					tab, close := chromedp.NewContext(browser)
					defer close()
					said := listen(t, tab, page)
					emulate(t, tab, width, scheme)
					require.NoError(t, chromedp.Do(tab, chromedp.Navigate(page)))
					found := run(t, tab, chromedp.Evaluate[[]string](fmt.Sprintf(faults, width)))
					for _, what := range append(found, said()...) {
						t.Error(what)
					}
					if *shots != "" {
						name := fmt.Sprintf("%s-%d-%s.png", name, width, scheme)
						picture := run(t, tab, chromedp.FullScreenshot(100))
						require.NoError(t, os.WriteFile(filepath.Join(*shots, name), picture, 0o666))
					}
				})
			}
		}
	}
}

// faults is a script that returns the faults of the page on a screen of a given width.
const faults = `(() => {
	const wrong = [];
	const figures = document.querySelectorAll("figure[data-chart]");
	if (figures.length === 0) wrong.push("no charts");
	for (const f of figures) {
		const name = f.dataset.chart, want = +f.dataset.marks;
		const marks = f.querySelectorAll("g[aria-label=dot] circle");
		if (marks.length !== want) wrong.push(name + ": " + marks.length + " marks, want " + want);
		if (want === 0) continue;
		const svg = f.querySelector("svg");
		if (svg.getAttribute("role") !== "img" || !svg.getAttribute("aria-label")) wrong.push(name + ": no text alternative");
		const frame = svg.getBoundingClientRect();
		for (const m of [...marks, ...svg.querySelectorAll("text")]) {
			const box = m.getBoundingClientRect();
			if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2)
				wrong.push(name + ": outside of the chart: " + m.textContent);
		}
		for (const g of svg.querySelectorAll("g[aria-label=text], g[aria-label^='x-axis tick label']")) {
			const boxes = [...g.querySelectorAll("text")].map(e => [e, e.getBoundingClientRect()]);
			for (const [i, [a, p]] of boxes.entries())
				for (const [b, q] of boxes.slice(i + 1))
					if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3)
						wrong.push(name + ": " + a.textContent + " lies over " + b.textContent);
		}
	}
	for (const table of document.querySelectorAll(".summary, .targets"))
		if (table.scrollWidth > table.parentElement.clientWidth + 1) wrong.push(table.className + ": cut off");
	if (document.documentElement.scrollWidth > %d) wrong.push("wider than the window: " + document.documentElement.scrollWidth);
	return wrong;
})()`

// run runs an action, and returns its result.
func run[T any](t *testing.T, tab context.Context, action chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(tab, action)
	require.NoError(t, err)
	return v
}

// emulate gives a tab a screen width and a colour scheme.
func emulate(t *testing.T, tab context.Context, width int64, scheme string) {
	t.Helper()
	metrics := emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1, Mobile: width < 500}
	_, err := chromedp.Call(tab, emulation.SetDeviceMetricsOverride, metrics)
	require.NoError(t, err)
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	_, err = chromedp.Call(tab, emulation.SetEmulatedMedia, media)
	require.NoError(t, err)
}

// listen returns a function that returns the requests, messages and exceptions of the page.
func listen(t *testing.T, tab context.Context, page string) func() []string {
	var mu sync.Mutex
	var said []string
	add := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, fmt.Sprintf(format, args...))
	}
	err := chromedp.Listen(tab, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if url := e.Request.URL; url != page && !strings.HasPrefix(url, "data:") {
				add("request to %s", url)
			}
		case *runtime.EventExceptionThrown:
			add("exception: %s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description)
		case *runtime.EventConsoleAPICalled:
			add("console: %s %s", e.Type, e.Args[0].Value)
		case *log.EventEntryAdded:
			add("log: %s", e.Entry.Text)
		}
	})
	require.NoError(t, err)
	for _, domain := range []cdp.Command[cdp.Empty, cdp.Empty]{log.Enable, runtime.Enable} {
		_, err := chromedp.Call(tab, domain, cdp.Empty{})
		require.NoError(t, err)
	}
	_, err = chromedp.Call(tab, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return said
	}
}

// start starts Chromium. It fails if there is none.
func start(t *testing.T) context.Context {
	// A sandbox needs rights that containers lack, and the page is ours.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	browser, quit := chromedp.NewContext(allocator)
	t.Cleanup(quit)
	require.NoError(t, chromedp.Do(browser), "Chromium does not start")
	return browser
}

// write writes a report, and returns the address of its page.
func write(t *testing.T, r *report.Results) string {
	dir := t.TempDir()
	require.NoError(t, report.Write(dir, r, nil))
	return "file://" + filepath.Join(dir, "report.html")
}
