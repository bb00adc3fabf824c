// Package targets holds the fuzz targets of package pool that need nothing unexported. Each
// decodes its bytes into a pool and a plan, executes the plan in a testing/synctest bubble,
// where time is virtual, and compares the results with a model. fuzz/README.md lists all
// targets.
package targets
