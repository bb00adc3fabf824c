module github.com/user/millrace

go 1.26

require github.com/puzpuzpuz/xsync/v3 v3.5.1 // indirect
