// Package targets holds the fuzz targets of package pool as its users see it: they
// need nothing unexported. Each decodes its bytes into a pool and a plan, carries
// the plan out in a testing/synctest bubble, where time is virtual, and compares
// what came of it with a model. The page fuzz/README.md says what is checked where.
package targets
