// Package tools holds no code. Its module pins the programs that check and
// measure millrace, so that their dependencies stay out of the library's:
//
//	GOWORK=off go tool -modfile=internal/tools/go.mod staticcheck ./...
//
// Run from the root of the repository. GOWORK=off is needed because a workspace
// refuses -modfile.
package tools
