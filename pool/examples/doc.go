// Package examples holds programs that show millrace at work, one a folder.
package examples
